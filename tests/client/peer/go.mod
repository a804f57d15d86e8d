module stoa/tests/client/peer

go 1.21

require (
	github.com/gorilla/websocket v1.5.0
	github.com/kataras/neffos v0.0.19
)

require (
	github.com/iris-contrib/go.uuid v2.0.0+incompatible // indirect
	github.com/kr/pretty v0.3.1 // indirect
)
