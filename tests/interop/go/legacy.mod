module stoa/tests/interop/go

go 1.24

require (
	github.com/gobwas/ws v1.1.0
	github.com/gorilla/websocket v1.5.0
	github.com/kataras/neffos v0.0.19
)

require (
	github.com/gobwas/httphead v0.1.0 // indirect
	github.com/gobwas/pool v0.2.1 // indirect
	github.com/iris-contrib/go.uuid v2.0.0+incompatible // indirect
	github.com/kr/pretty v0.3.1 // indirect
	golang.org/x/sys v0.0.0-20220111092808-5a964db01320 // indirect
)
