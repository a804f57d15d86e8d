//go:build !legacy

// What only the newest client can say, or does without mistakes of its own: v0.0.19 mixes up answers
// when a handler asks, and makes its tokens from a clock.
package interop

import (
	"slices"
	"sync"
	"testing"

	"github.com/kataras/neffos"
)

// settled is for the client before: see legacy_test.go.
func settled(ns *neffos.NSConn) *neffos.NSConn { return ns }

func TestAskInsideAHandler(t *testing.T) {
	everywhere(t, everything, func(w world) {
		_, ns := w.join(neffos.Events{"question": func(c *neffos.NSConn, msg neffos.Message) error {
			answer, err := c.Ask(deadline(w.T), "echo", []byte("nested"))
			if err != nil {
				return err
			}
			return neffos.Reply(append(answer.Body, " in the answer"...))
		}})
		for range 10 {
			if got := w.command(ns, "ask", arguments{}); got.Body != "nested in the answer" {
				w.Fatalf("got %+v", got)
			}
		}
	})
}

func TestFiftyAsksAtOnce(t *testing.T) {
	everywhere(t, everything, func(w world) {
		_, ns := w.join(neffos.Events{})
		var all sync.WaitGroup
		for i := range 50 {
			all.Go(func() {
				answer, err := ns.Ask(deadline(w.T), "later", []byte(number(i)))
				if err != nil || string(answer.Body) != number(i) {
					w.Errorf("ask %d: got %q, %v", i, answer.Body, err)
				}
			})
		}
		all.Wait()
	})
}

func TestObjects(t *testing.T) {
	everywhere(t, everything, func(w world) {
		_, ns := w.join(neffos.Events{})
		type note struct{ Text string }
		answer, err := ns.AskObject[note](deadline(w.T), "echo", note{"hello; makis"})
		if err != nil || answer.Text != "hello; makis" {
			w.Errorf("got %+v, %v", answer, err)
		}
	})
}

func TestLeaveAllAndDisconnectAll(t *testing.T) {
	everywhere(t, everything, func(w world) {
		client, ns := w.join(neffos.Events{})
		for _, room := range []string{"a", "b", "c"} {
			if _, err := ns.JoinRoom(deadline(w.T), room); err != nil {
				w.Fatal(err)
			}
		}
		if err := ns.LeaveAll(deadline(w.T)); err != nil {
			w.Fatal(err)
		}
		if rooms := w.command(ns, "facts", nil).Rooms; len(rooms) != 0 {
			w.Errorf("still in %v", rooms)
		}
		if err := client.Conn().DisconnectAll(deadline(w.T)); err != nil {
			w.Fatal(err)
		}
		if got := w.ask(w.connect(client, "probe"), "echo", "back"); got != "back" {
			w.Errorf("got %q", got)
		}
	})
}

func TestAskAll(t *testing.T) {
	everywhere(t, everything, func(w world) {
		events := neffos.Events{"question": func(c *neffos.NSConn, _ neffos.Message) error {
			return neffos.Reply([]byte(c.Conn.ID()))
		}}
		want := map[string]bool{}
		for range 8 {
			client, _ := w.join(events)
			want[client.ID] = true
		}
		_, ns := w.join(neffos.Events{})
		got := w.command(ns, "ask", arguments{
			"to": "namespace", "all": true, "except_me": true, "timeout_ms": 2000})
		for _, answer := range got.Answers {
			if answer.Body != answer.From || !want[answer.From] {
				w.Errorf("unexpected answer %+v", answer)
			}
			delete(want, answer.From)
		}
		if len(want) != 0 {
			w.Errorf("no answer from %v", want)
		}
	})
}

func TestCloseCodes(t *testing.T) {
	everywhere(t, everything, func(w world) {
		client := w.dial(neffos.Namespaces{"default": neffos.Events{}}, nil)
		w.connect(client, "default").Emit("kick", nil)
		receive(w, client.NotifyClose, "the connection is closed")
		if code := neffos.CloseStatus(client.Conn().Err()); code != 4000 {
			w.Errorf("expected 4000, got %d (%v)", code, client.Conn().Err())
		}
	})
}

func TestTooLongAMessageCloses1009(t *testing.T) {
	everywhere(t, everything, func(w world) {
		client, ns := w.join(neffos.Events{})
		ns.Emit("echo", make([]byte, 70_000))
		receive(w, client.NotifyClose, "the connection is closed")
		if code := neffos.CloseStatus(client.Conn().Err()); code != neffos.CloseMessageTooBig {
			w.Errorf("expected 1009, got %d (%v)", code, client.Conn().Err())
		}
	})
}

func TestTheClientsCloseCodeReachesThePlugin(t *testing.T) {
	everywhere(t, everything, func(w world) {
		client, _ := w.join(neffos.Events{})
		_, watch := w.join(neffos.Events{})
		client.Conn().Terminate(neffos.ClosePolicyViolation, "bye")
		answer, err := watch.Ask(deadline(w.T), "epitaph", []byte(client.ID))
		if err != nil {
			w.Fatal(err)
		}
		type entry struct {
			Event  string `json:"event"`
			Body   string `json:"body"`
			Status int    `json:"status"`
		}
		story, err := answer.As[[]entry]()
		if err != nil {
			w.Fatal(err)
		}
		closed := story[slices.IndexFunc(story, func(one entry) bool { return one.Event == "close" })]
		if closed.Status != 1008 || closed.Body != "bye" {
			w.Errorf("got %+v", closed)
		}
	})
}
