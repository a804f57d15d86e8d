// Package interop runs the Go neffos client, as it is, against a real stoa.
//
// STOA_BIN is the program, STOA_PLUGINS the folder of the shipped plugins and the probe. The client
// is the newest one with go.mod; legacy.mod names the one before, for the compilers of its time.
package interop

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	gobwasws "github.com/gobwas/ws"
	gorillaws "github.com/gorilla/websocket"
	"github.com/kataras/neffos"
	"github.com/kataras/neffos/gobwas"
	"github.com/kataras/neffos/gorilla"
)

const patience = 10 * time.Second

// A server with what most tests talk to. `probe` and `second` are two instances of the probe.
const everything = `
[namespace.probe]
plugin = "probe"
[namespace.second]
plugin = "probe"
[namespace.members]
plugin = "probe"
config = { deny_connect = "bad namespace" }
[namespace."日本; ünï"]
plugin = "probe"
[namespace.default]
plugin = "echo"
[namespace.chat]
plugin = "chat"
`

const mixed = everything + `
[namespace.""]
plugin = "probe"
`

const nativeOnly = `
[namespace.""]
plugin = "native"
`

// dialers names each WebSocket library that the client can stand on.
var dialers = map[string]func(http.Header) neffos.Dialer{
	"gobwas": func(header http.Header) neffos.Dialer {
		dialer := gobwasws.DefaultDialer
		dialer.Header = gobwasws.HandshakeHeaderHTTP(header)
		return gobwas.Dialer(dialer)
	},
	"gorilla": func(header http.Header) neffos.Dialer {
		return gorilla.Dialer(gorillaws.DefaultDialer, header)
	},
}

// startStoa starts a server that ends with the test, and returns its address.
func startStoa(t *testing.T, workers int, namespaces string) string {
	t.Helper()
	manifest := filepath.Join(t.TempDir(), "stoa.toml")
	text := fmt.Sprintf("[server]\nlisten = [\"127.0.0.1:0\"]\nworkers = %d\ndrain_grace_ms = 0\n"+
		"[plugins]\ndirectory = %q\n%s", workers, os.Getenv("STOA_PLUGINS"), namespaces)
	if err := os.WriteFile(manifest, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	server := exec.Command(os.Getenv("STOA_BIN"), "serve", manifest)
	server.Stderr = &log
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, server, &log) })
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if address, found := strings.CutPrefix(lines.Text(), "listening "); found {
			return address
		}
	}
	t.Fatal("stoa ended before it listened")
	return ""
}

func stop(t *testing.T, server *exec.Cmd, log *strings.Builder) {
	late := time.AfterFunc(patience, func() { server.Process.Kill() })
	defer late.Stop()
	server.Process.Signal(syscall.SIGTERM)
	if err := server.Wait(); err != nil {
		t.Errorf("stoa ended badly: %v\n%s", err, log)
	}
}

// world is one combination under test: a server and a WebSocket library.
type world struct {
	*testing.T
	url    string
	dialer func(http.Header) neffos.Dialer
}

// everywhere runs the test with each library, against one worker and against four.
func everywhere(t *testing.T, namespaces string, test func(w world)) {
	for _, workers := range []int{1, 4} {
		t.Run(fmt.Sprintf("workers=%d", workers), func(t *testing.T) {
			address := startStoa(t, workers, namespaces)
			for name, dialer := range dialers {
				t.Run(name, func(t *testing.T) { test(world{t, address, dialer}) })
			}
		})
	}
}

func deadline(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// try dials with a query and headers.
func (w world) try(handler neffos.ConnHandler, query url.Values, header http.Header) (*neffos.Client, error) {
	client, err := neffos.Dial(deadline(w.T), w.dialer(header), w.url+"?"+query.Encode(), handler)
	if err == nil {
		w.Cleanup(client.Close)
	}
	return client, err
}

func (w world) dial(handler neffos.ConnHandler, query url.Values) *neffos.Client {
	w.Helper()
	client, err := w.try(handler, query, nil)
	if err != nil {
		w.Fatalf("dial: %v", err)
	}
	return client
}

// join dials and connects to the namespace `probe` with those events.
func (w world) join(events neffos.Events) (*neffos.Client, *neffos.NSConn) {
	w.Helper()
	client := w.dial(neffos.Namespaces{"probe": events}, nil)
	return client, w.connect(client, "probe")
}

func (w world) connect(client *neffos.Client, namespace string) *neffos.NSConn {
	w.Helper()
	ns, err := client.Connect(deadline(w.T), namespace)
	if err != nil {
		w.Fatalf("connect to %q: %v", namespace, err)
	}
	return ns
}

func (w world) ask(ns *neffos.NSConn, event, body string) string {
	w.Helper()
	answer, err := settled(ns).Ask(deadline(w.T), event, []byte(body))
	if err != nil {
		w.Fatalf("ask %s: %v", event, err)
	}
	return string(answer.Body)
}

type arguments map[string]any

func (a arguments) text() string {
	text, err := json.Marshal(a)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// outcome is what the probe's commands answer.
type outcome struct {
	Status  int
	From    string
	Body    string
	Answers []outcome
	Rooms   []string
}

func (w world) command(ns *neffos.NSConn, event string, args arguments) outcome {
	w.Helper()
	var result outcome
	if err := json.Unmarshal([]byte(w.ask(ns, event, args.text())), &result); err != nil {
		w.Fatal(err)
	}
	return result
}

// receive waits for what a handler has sent.
func receive[T any](w world, from <-chan T, what string) T {
	w.Helper()
	select {
	case value := <-from:
		return value
	case <-time.After(patience):
		w.Fatalf("waited in vain: %s", what)
		panic("unreachable")
	}
}

func number(i int) string {
	return strconv.Itoa(i)
}
