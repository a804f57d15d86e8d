//go:build legacy

package interop

import (
	"reflect"
	"runtime"
	"sync/atomic"

	"github.com/kataras/neffos"
)

// settled waits until the connection's reader is out of its handler. v0.0.19 takes an Ask that finds
// it inside for one of that handler's own, and reads the socket in Ask, beside the reader: who asks
// again as soon as an answer is there may then read half of a frame ("bad opcode", close code 1002).
func settled(ns *neffos.NSConn) *neffos.NSConn {
	inside := reflect.ValueOf(ns.Conn).Elem().FieldByName("isInsideHandler")
	for flag := (*uint32)(inside.UnsafePointer()); atomic.LoadUint32(flag) != 0; {
		runtime.Gosched()
	}
	return ns
}
