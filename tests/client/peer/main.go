// A neffos server that does to a client whatever a server can do: the reference that the C++ client is
// tested against.
package main

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	gorillaws "github.com/gorilla/websocket"
	"github.com/kataras/neffos"
	"github.com/kataras/neffos/gorilla"
)

// How long a test may take to answer an ask of ours.
const patience = 20 * time.Second

// later acts on a connection once the handler that asked for it has returned: neffos takes the next
// frame for the answer when it asks from within a handler.
func later(act func(ctx context.Context)) error {
	time.AfterFunc(20*time.Millisecond, func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		act(ctx)
	})
	return nil
}

// report tells the client what came of an act.
func report(ns *neffos.NSConn, answer neffos.Message, err error) {
	text := "ok " + string(answer.Body)
	if err != nil {
		text = "error " + err.Error()
	}
	ns.EmitBinary("outcome", []byte(text))
}

func closeWith(c *neffos.Conn, code int, reason string) {
	socket := c.Socket().(*gorilla.Socket).UnderlyingConn
	frame := gorillaws.FormatCloseMessage(code, reason)
	socket.WriteControl(gorillaws.CloseMessage, frame, time.Now().Add(time.Second))
	time.AfterFunc(50*time.Millisecond, func() { socket.Close() })
}

// acts are asked for in the namespace "default".
var acts = neffos.Events{
	neffos.OnNamespaceConnected: func(ns *neffos.NSConn, m neffos.Message) error {
		ns.Emit("welcome", []byte(ns.Conn.ID()))
		return nil
	},
	"echo": func(ns *neffos.NSConn, m neffos.Message) error {
		return neffos.Reply(m.Body)
	},
	"fail": func(ns *neffos.NSConn, m neffos.Message) error {
		return errors.New(string(m.Body))
	},
	"silent": func(*neffos.NSConn, neffos.Message) error { return nil },
	"header": func(ns *neffos.NSConn, m neffos.Message) error {
		return neffos.Reply([]byte(ns.Conn.Socket().Request().Header.Get(string(m.Body))))
	},
	"tries": func(ns *neffos.NSConn, m neffos.Message) error {
		return neffos.Reply([]byte(strconv.Itoa(ns.Conn.ReconnectTries)))
	},
	"large": func(ns *neffos.NSConn, m neffos.Message) error {
		size, _ := strconv.Atoi(string(m.Body))
		return neffos.Reply([]byte(strings.Repeat("x", size)))
	},
	// Asks back: the body is the event's name.
	"question": func(ns *neffos.NSConn, m neffos.Message) error {
		return later(func(ctx context.Context) {
			answer, err := ns.Ask(ctx, string(m.Body), []byte("what?"))
			report(ns, answer, err)
		})
	},
	"binary question": func(ns *neffos.NSConn, m neffos.Message) error {
		return later(func(ctx context.Context) {
			answer, err := ns.Conn.Ask(ctx, neffos.Message{
				Namespace: "default", Event: string(m.Body), Body: []byte("\xff\x00"), SetBinary: true})
			if err == nil && !answer.SetBinary {
				err = errors.New("the answer is not binary")
			}
			report(ns, answer, err)
		})
	},
	"push binary": func(ns *neffos.NSConn, m neffos.Message) error {
		ns.EmitBinary("pushed", []byte("\xfe\xff\x00;"))
		return nil
	},
	"connect me": func(ns *neffos.NSConn, m neffos.Message) error {
		return later(func(ctx context.Context) {
			_, err := ns.Conn.Connect(ctx, string(m.Body))
			report(ns, neffos.Message{}, err)
		})
	},
	"disconnect me": func(ns *neffos.NSConn, m neffos.Message) error {
		return later(func(ctx context.Context) {
			report(ns, neffos.Message{}, ns.Conn.Namespace(string(m.Body)).Disconnect(ctx))
		})
	},
	"join me": func(ns *neffos.NSConn, m neffos.Message) error {
		return later(func(ctx context.Context) {
			_, err := ns.Conn.Namespace("chat").JoinRoom(ctx, string(m.Body))
			report(ns, neffos.Message{}, err)
		})
	},
	"remove me": func(ns *neffos.NSConn, m neffos.Message) error {
		return later(func(ctx context.Context) {
			report(ns, neffos.Message{}, ns.Conn.Namespace("chat").Room(string(m.Body)).Leave(ctx))
		})
	},
	"kick": func(ns *neffos.NSConn, m neffos.Message) error {
		return later(func(context.Context) { closeWith(ns.Conn, 4000, "kicked") })
	},
	"drop": func(ns *neffos.NSConn, m neffos.Message) error {
		return later(func(context.Context) { ns.Conn.Socket().NetConn().Close() })
	},
	"fragments": func(ns *neffos.NSConn, m neffos.Message) error {
		socket := ns.Conn.Socket().(*gorilla.Socket).UnderlyingConn
		return sendFragments(socket.UnderlyingConn(), ";default;;pieced;0;0;", "one ", "two ", "three")
	},
}

// sendFragments writes one text message as one frame for each part.
func sendFragments(to net.Conn, parts ...string) error {
	for i, part := range parts {
		first := byte(0)
		if i == 0 {
			first = 1
		}
		if i == len(parts)-1 {
			first |= 0x80
		}
		if _, err := to.Write(append([]byte{first, byte(len(part))}, part...)); err != nil {
			return err
		}
	}
	return nil
}

// chat broadcasts, and keeps some rooms closed.
func chat(server func() *neffos.Server) neffos.Events {
	return neffos.Events{
		neffos.OnRoomJoin: func(ns *neffos.NSConn, m neffos.Message) error {
			if m.Room == "closed" {
				return errors.New("members only")
			}
			return nil
		},
		neffos.OnRoomLeave: func(ns *neffos.NSConn, m neffos.Message) error {
			if m.Room == "prison" && !m.IsForced {
				return errors.New("you stay")
			}
			return nil
		},
		"message": func(ns *neffos.NSConn, m neffos.Message) error {
			server().Broadcast(ns, neffos.Message{
				Namespace: m.Namespace, Room: m.Room, Event: m.Event, Body: m.Body})
			return nil
		},
		"rooms": func(ns *neffos.NSConn, m neffos.Message) error {
			names := []string{}
			for _, room := range ns.Rooms() {
				names = append(names, room.Name)
			}
			return neffos.Reply([]byte(strconv.Itoa(len(names))))
		},
	}
}

func deny(text string) neffos.MessageHandlerFunc {
	return func(*neffos.NSConn, neffos.Message) error { return errors.New(text) }
}

func main() {
	var server *neffos.Server
	empty := neffos.Events{"echo": acts["echo"]}
	server = neffos.New(gorilla.DefaultUpgrader, neffos.Namespaces{
		"default": acts,
		"chat":    chat(func() *neffos.Server { return server }),
		"forced":  empty,
		"odd;ns":  empty,
		"denied":  {neffos.OnNamespaceConnect: deny("not you")},
		"sticky":  {neffos.OnNamespaceDisconnect: deny("stay here")},
	})
	server.SyncBroadcaster = true

	var mutex sync.Mutex
	refuseAfterFirst := map[string]int{}
	server.OnConnect = func(c *neffos.Conn) error {
		query := c.Socket().Request().URL.Query()
		if text := query.Get("refuse"); text != "" {
			return errors.New(text)
		}
		if key := query.Get("once"); key != "" {
			mutex.Lock()
			defer mutex.Unlock()
			if refuseAfterFirst[key]++; refuseAfterFirst[key] > 1 {
				return errors.New("only once")
			}
		}
		if ns := query.Get("force"); ns != "" {
			_, err := c.Connect(context.Background(), ns)
			return err
		}
		return nil
	}

	mux := http.NewServeMux()
	mux.Handle("/", server)
	mux.HandleFunc("/plain", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "no upgrade") })
	mux.HandleFunc("/mute", mute)

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	if len(os.Args) > 1 {
		fmt.Printf("secure %s/\n", serveTLS(mux, os.Args[1]))
	}
	fmt.Printf("listening ws://%s/\n", listener.Addr())
	log.Fatal(http.Serve(listener, mux))
}

// serveTLS serves under a certificate of its own, which it writes to a file, and returns where.
func serveTLS(handler http.Handler, certificateFile string) string {
	server := httptest.NewTLSServer(handler)
	block := pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}
	if err := os.WriteFile(certificateFile, pem.EncodeToMemory(&block), 0o600); err != nil {
		log.Fatal(err)
	}
	return strings.Replace(server.URL, "https", "wss", 1)
}

// mute upgrades, and then says nothing.
func mute(w http.ResponseWriter, r *http.Request) {
	upgrader := gorillaws.Upgrader{}
	socket, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer socket.Close()
	for {
		if _, _, err := socket.ReadMessage(); err != nil {
			return
		}
	}
}
