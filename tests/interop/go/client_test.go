package interop

import (
	"bytes"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"testing"

	"github.com/kataras/neffos"
)

var uuid4 = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

func TestDialGivesAnID(t *testing.T) {
	everywhere(t, everything, func(w world) {
		if id := w.dial(neffos.Namespaces{"probe": neffos.Events{}}, nil).ID; !uuid4.MatchString(id) {
			w.Errorf("not a UUID of version 4: %q", id)
		}
		named := w.dial(neffos.Namespaces{"probe": neffos.Events{}}, url.Values{"id": {"conn_ID"}})
		if named.ID != "conn_ID" {
			w.Errorf("expected the id that the hook set, got %q", named.ID)
		}
	})
}

func TestDialIsRefusedByTheHook(t *testing.T) {
	everywhere(t, everything, func(w world) {
		for _, how := range []string{"refuse", "refuse_later"} {
			query := url.Values{how: {"no entry; not today"}}
			_, err := w.try(neffos.Namespaces{"probe": neffos.Events{}}, query, nil)
			if err == nil || err.Error() != "no entry; not today" {
				w.Errorf("%s: expected the hook's text, got %v", how, err)
			}
		}
	})
}

func TestHeadersReachThePlugin(t *testing.T) {
	everywhere(t, everything, func(w world) {
		header := http.Header{"X-Websocket-Reconnect": {"2"}}
		client, err := w.try(neffos.Namespaces{"probe": neffos.Events{}}, nil, header)
		if err != nil {
			w.Fatal(err)
		}
		facts := w.ask(w.connect(client, "probe"), "facts", "")
		if !bytes.Contains([]byte(facts), []byte(`"reconnects":"2"`)) {
			w.Errorf("expected two tries in %s", facts)
		}
	})
}

func TestConnect(t *testing.T) {
	refusing := neffos.Events{neffos.OnNamespaceConnect: func(*neffos.NSConn, neffos.Message) error {
		return neffos.ErrBadNamespace
	}}
	everywhere(t, everything, func(w world) {
		declared := neffos.Namespaces{
			"probe": neffos.Events{}, "日本; ünï": neffos.Events{}, "nowhere": neffos.Events{},
			"members": neffos.Events{neffos.OnNamespaceConnected: func(*neffos.NSConn, neffos.Message) error {
				w.Error("a namespace that was denied is connected")
				return nil
			}},
			"second": refusing,
		}
		client := w.dial(declared, nil)
		for _, namespace := range []string{"probe", "日本; ünï"} {
			if got := w.ask(w.connect(client, namespace), "echo", "in;side"); got != "in;side" {
				w.Errorf("%s answered %q", namespace, got)
			}
		}
		for _, namespace := range []string{"nowhere", "members", "second", "default"} {
			ns, err := client.Connect(deadline(w.T), namespace)
			if !errors.Is(err, neffos.ErrBadNamespace) || ns != nil {
				w.Errorf("%s: expected a bad namespace, got %v", namespace, err)
			}
		}
	})
}

func TestServerConnectsTheClient(t *testing.T) {
	everywhere(t, everything, func(w world) {
		handler := neffos.Namespaces{"probe": neffos.Events{}, "second": neffos.Events{}}
		client := w.dial(handler, url.Values{"force": {"probe,second"}})
		var inside []*neffos.NSConn
		for _, namespace := range []string{"probe", "second"} {
			ns, err := client.WaitServerConnect(deadline(w.T), namespace)
			if err != nil {
				w.Fatalf("%s: %v", namespace, err)
			}
			inside = append(inside, ns)
		}
		// Not before both are there: the older client's Ask and its reader get in each other's way.
		for i, ns := range inside {
			if got := w.ask(ns, "echo", "inside"); got != "inside" {
				w.Errorf("namespace %d answered %q", i, got)
			}
		}
	})
}

func TestAsk(t *testing.T) {
	everywhere(t, everything, func(w world) {
		_, ns := w.join(neffos.Events{})
		for range 5 {
			answer, err := settled(ns).Ask(deadline(w.T), "echo", []byte("PONG MESSAGE"))
			if err != nil {
				w.Fatal(err)
			}
			if answer.Namespace != "probe" || answer.Event != "echo" || string(answer.Body) != "PONG MESSAGE" {
				w.Errorf("unexpected answer %#v", answer)
			}
		}
		if got := w.ask(ns, "later", "from a thread"); got != "from a thread" {
			w.Errorf("got %q", got)
		}
		if got := w.ask(ns, "silent", "x"); got != "" {
			w.Errorf("a silent handler answered %q", got)
		}
	})
}

func TestAskInBinary(t *testing.T) {
	everywhere(t, everything, func(w world) {
		_, ns := w.join(neffos.Events{})
		body := make([]byte, 256)
		for i := range body {
			body[i] = byte(255 - i)
		}
		question := neffos.Message{Namespace: "probe", Event: "echo", Body: body, SetBinary: true}
		reply, err := settled(ns).Conn.Ask(deadline(w.T), question)
		if err != nil {
			w.Fatal(err)
		}
		if !bytes.Equal(reply.Body, body) || !reply.SetBinary {
			w.Errorf("expected the bytes back in binary, got %v", reply)
		}
	})
}

func TestErrorsAreKnownByTheirText(t *testing.T) {
	everywhere(t, everything, func(w world) {
		_, ns := w.join(neffos.Events{})
		for text, known := range map[string]error{
			"bad namespace": neffos.ErrBadNamespace, "bad room": neffos.ErrBadRoom,
		} {
			if _, err := settled(ns).Ask(deadline(w.T), "fail", []byte(text)); err != known {
				w.Errorf("expected the very error %v, got %v", known, err)
			}
		}
		for event, text := range map[string]string{
			"fail": "out; of stock", "later_fail": "out; of stock", "throw": "handler failed",
		} {
			_, err := settled(ns).Ask(deadline(w.T), event, []byte("out; of stock"))
			if err == nil || err.Error() != text {
				w.Errorf("%s: expected %q, got %v", event, text, err)
			}
		}
	})
}

func TestAnErrorOfAnEmitComesBack(t *testing.T) {
	everywhere(t, everything, func(w world) {
		back := make(chan neffos.Message, 1)
		_, ns := w.join(neffos.Events{"fail": func(_ *neffos.NSConn, msg neffos.Message) error {
			back <- msg
			return nil
		}})
		ns.Emit("fail", []byte("this event gives an error"))
		msg := receive(w, back, "the error")
		if msg.Err == nil || msg.Err.Error() != "this event gives an error" {
			w.Errorf("got %v", msg.Err)
		}
	})
}

func TestTheWildcardHandlesWhatHasNoHandler(t *testing.T) {
	everywhere(t, everything, func(w world) {
		back := make(chan string, 1)
		_, ns := w.join(neffos.Events{"an_event": func(_ *neffos.NSConn, msg neffos.Message) error {
			back <- string(msg.Body)
			return nil
		}})
		ns.Emit("an_event", []byte("a_body"))
		if got := receive(w, back, "the event"); got != "any:an_event:a_body" {
			w.Errorf("got %q", got)
		}
	})
}

func TestUnknownEvent(t *testing.T) {
	everywhere(t, everything, func(w world) {
		client := w.dial(neffos.Namespaces{"default": neffos.Events{}}, nil)
		_, err := settled(w.connect(client, "default")).Ask(deadline(w.T), "no such event", nil)
		if err == nil || err.Error() != "unknown event" {
			w.Errorf("got %v", err)
		}
	})
}

func TestPushRightAfterConnect(t *testing.T) {
	everywhere(t, everything, func(w world) {
		for range 50 {
			pushed := make(chan string, 2)
			events := neffos.Events{"pushed": func(_ *neffos.NSConn, msg neffos.Message) error {
				pushed <- string(msg.Body)
				return nil
			}}
			client := w.dial(neffos.Namespaces{"probe": events}, url.Values{"push": {"2"}})
			w.connect(client, "probe")
			for _, body := range []string{"0", "1"} {
				if got := receive(w, pushed, "the push"); got != body {
					w.Fatalf("expected %q, got %q", body, got)
				}
			}
			client.Close()
		}
	})
}

func TestTheServerAsksTheClient(t *testing.T) {
	everywhere(t, everything, func(w world) {
		_, ns := w.join(neffos.Events{"question": func(_ *neffos.NSConn, msg neffos.Message) error {
			return neffos.Reply(append(msg.Body, "ok"...))
		}})
		if got := w.command(ns, "ask", arguments{"body": "data"}); got.Status != 0 || got.Body != "dataok" {
			w.Errorf("got %+v", got)
		}
	})
}

func TestTheServerAsksOneOfMany(t *testing.T) {
	everywhere(t, everything, func(w world) {
		bob, _ := w.join(neffos.Events{"question": func(*neffos.NSConn, neffos.Message) error {
			return neffos.Reply([]byte("bob"))
		}})
		_, ann := w.join(neffos.Events{"question": func(*neffos.NSConn, neffos.Message) error {
			return errors.New("not me")
		}})
		if got := w.command(ann, "ask", arguments{"id": bob.ID}); got.Body != "bob" || got.From != bob.ID {
			w.Errorf("got %+v", got)
		}
	})
}

func TestBroadcastToOneID(t *testing.T) {
	everywhere(t, everything, func(w world) {
		got := make(chan string, 8)
		events := neffos.Events{"news": func(c *neffos.NSConn, msg neffos.Message) error {
			got <- c.Conn.ID() + ":" + string(msg.Body)
			return nil
		}}
		ann, _ := w.join(events)
		bob, ns := w.join(events)
		for _, client := range []*neffos.Client{ann, bob} {
			ns.Emit("emit", []byte(arguments{
				"to": "namespace", "event": "news", "body": "for you", "only_id": client.ID}.text()))
			if is := receive(w, got, "the broadcast"); is != client.ID+":for you" {
				w.Errorf("expected it at %s, got %s", client.ID, is)
			}
		}
	})
}

func TestBroadcastsKeepTheirOrder(t *testing.T) {
	everywhere(t, everything, func(w world) {
		const total = 200
		got := make(chan string, total)
		events := neffos.Events{"news": func(_ *neffos.NSConn, msg neffos.Message) error {
			got <- string(msg.Body)
			return nil
		}}
		w.join(events)
		_, sender := w.join(neffos.Events{})
		sender.Emit("emit", []byte(arguments{"to": "namespace", "event": "news", "count": total}.text()))
		for i := range total {
			if is, want := receive(w, got, "every broadcast"), number(i); is != want {
				w.Fatalf("expected %s, got %s", want, is)
			}
		}
	})
}

func TestJoinAndLeaveRoom(t *testing.T) {
	everywhere(t, everything, func(w world) {
		heard := make(chan string, 8)
		events := neffos.Events{
			"echo": func(_ *neffos.NSConn, msg neffos.Message) error {
				heard <- msg.Room + ":" + string(msg.Body)
				return nil
			},
			neffos.OnRoomLeft: func(_ *neffos.NSConn, msg neffos.Message) error {
				heard <- "left " + msg.Room
				return nil
			},
		}
		_, ns := w.join(events)
		room, err := ns.JoinRoom(deadline(w.T), "r;oom ☃")
		if err != nil || room.Name != "r;oom ☃" {
			w.Fatalf("got %v, %v", room, err)
		}
		room.Emit("echo", []byte("data"))
		if got := receive(w, heard, "the event in the room"); got != "r;oom ☃:data" {
			w.Errorf("got %q", got)
		}
		if err := room.Leave(deadline(w.T)); err != nil {
			w.Fatal(err)
		}
		if got := receive(w, heard, "the room was left"); got != "left r;oom ☃" {
			w.Errorf("got %q", got)
		}
	})
}

func TestRoomsMayRefuse(t *testing.T) {
	everywhere(t, everything, func(w world) {
		_, ns := w.join(neffos.Events{})
		if _, err := ns.JoinRoom(deadline(w.T), "locked"); err == nil || err.Error() != "locked room" {
			w.Errorf("got %v", err)
		}
		room, err := ns.JoinRoom(deadline(w.T), "sticky")
		if err != nil {
			w.Fatal(err)
		}
		if err := room.Leave(deadline(w.T)); err == nil || err.Error() != "you stay" {
			w.Errorf("got %v", err)
		}
		if rooms := w.command(ns, "facts", nil).Rooms; !slices.Equal(rooms, []string{"sticky"}) {
			w.Errorf("got %v", rooms)
		}
	})
}

func TestTheServerJoinsTheClient(t *testing.T) {
	everywhere(t, everything, func(w world) {
		joined := make(chan string, 1)
		_, ns := w.join(neffos.Events{neffos.OnRoomJoined: func(_ *neffos.NSConn, msg neffos.Message) error {
			joined <- msg.Room
			return nil
		}})
		ns.Emit("join", []byte(`{"room":"picked"}`))
		if got := receive(w, joined, "the room is joined"); got != "picked" {
			w.Errorf("got %q", got)
		}
	})
}

func TestDisconnect(t *testing.T) {
	everywhere(t, everything, func(w world) {
		client := w.dial(neffos.Namespaces{"probe": neffos.Events{}, "second": neffos.Events{}}, nil)
		probe, second := w.connect(client, "probe"), w.connect(client, "second")
		if err := second.Disconnect(deadline(w.T)); err != nil {
			w.Fatal(err)
		}
		if got := w.ask(probe, "echo", "still here"); got != "still here" {
			w.Errorf("got %q", got)
		}
		w.ask(probe, "stay", "")
		if err := probe.Disconnect(deadline(w.T)); err == nil || err.Error() != "not yet" {
			w.Errorf("got %v", err)
		}
	})
}

func TestTheServerDisconnectsTheClient(t *testing.T) {
	everywhere(t, everything, func(w world) {
		gone := make(chan string, 2)
		events := neffos.Events{neffos.OnNamespaceDisconnect: func(_ *neffos.NSConn, msg neffos.Message) error {
			gone <- msg.Namespace
			return nil
		}}
		client := w.dial(neffos.Namespaces{"probe": events, "second": events}, nil)
		probe := w.connect(client, "probe")
		w.connect(client, "second")
		probe.Emit("disconnect_all", []byte("{}"))
		names := []string{receive(w, gone, "one is gone"), receive(w, gone, "two are gone")}
		slices.Sort(names)
		if !slices.Equal(names, []string{"probe", "second"}) {
			w.Errorf("got %v", names)
		}
	})
}

func TestKick(t *testing.T) {
	everywhere(t, everything, func(w world) {
		client := w.dial(neffos.Namespaces{"default": neffos.Events{}}, nil)
		w.connect(client, "default").Emit("kick", nil)
		receive(w, client.NotifyClose, "the connection is closed")
	})
}

func TestNativeBesideOthers(t *testing.T) {
	const body = "this is a native/raw websocket message"
	everywhere(t, mixed, func(w world) {
		got := make(chan string, 1)
		events := neffos.Events{
			neffos.OnNativeMessage: func(_ *neffos.NSConn, msg neffos.Message) error {
				got <- string(msg.Body)
				return nil
			},
			"event": func(*neffos.NSConn, neffos.Message) error { return nil },
		}
		client := w.dial(neffos.Namespaces{"": events, "probe": neffos.Events{}}, nil)
		ns := w.connect(client, "")
		ns.Conn.Write(neffos.Message{Body: []byte(body), IsNative: true})
		if is := receive(w, got, "the native frame"); is != "native:"+body {
			w.Errorf("got %q", is)
		}
		if is := w.ask(w.connect(client, "probe"), "echo", "as ever"); is != "as ever" {
			w.Errorf("got %q", is)
		}
	})
}

func TestNativeOnly(t *testing.T) {
	const body = "this is a native/raw websocket message"
	everywhere(t, nativeOnly, func(w world) {
		got := make(chan string, 1)
		client := w.dial(neffos.Events{neffos.OnNativeMessage: func(_ *neffos.NSConn, msg neffos.Message) error {
			got <- string(msg.Body)
			return nil
		}}, nil)
		w.connect(client, "").Conn.Write(neffos.Message{Body: []byte(body), IsNative: true})
		if is := receive(w, got, "the native frame"); is != body {
			w.Errorf("got %q", is)
		}
	})
}
