// The Go server whose protocol Stoa speaks, with the handlers that the measurement needs.
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"

	"github.com/kataras/neffos"
	"github.com/kataras/neffos/gobwas"
)

func echo(_ *neffos.NSConn, msg neffos.Message) error {
	return neffos.Reply(msg.Body)
}

func toRoom(c *neffos.NSConn, msg neffos.Message) error {
	c.Conn.Server().Broadcast(nil, neffos.Message{
		Namespace: msg.Namespace,
		Room:      msg.Room,
		Event:     msg.Event,
		Body:      msg.Body,
	})
	return nil
}

func main() {
	inOrder := flag.Bool("sync", false, "set SyncBroadcaster: each broadcast waits for the one before")
	flag.Parse()

	server := neffos.New(gobwas.DefaultUpgrader, neffos.Namespaces{
		"default": neffos.Events{"echo": echo},
		"chat":    neffos.Events{"message": toRoom},
	})
	server.SyncBroadcaster = *inOrder

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening ws://%s/\n", listener.Addr())
	log.Fatal(http.Serve(listener, server))
}
