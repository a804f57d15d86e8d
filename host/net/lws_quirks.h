// What is particular to the version of libwebsockets: all of it, and why. (Its log is silenced here
// too, by a function of ours in front of the library's: see the source.)
#pragma once

#include <cstddef>

struct lws;
struct lws_context;

namespace stoa::net {

// Makes idle connections small, whose contexts have this `rx_buffer_size`. Call once, before the
// first context.
//
// libwebsockets allocates a receive buffer of the whole `rx_buffer_size` for each connection,
// but 4.1.6 hands data frames to the callback straight from its shared service buffer; only the
// payload of control frames, at most 125 bytes, is ever collected there (roles/ws/ops-ws.c,
// server-ws.c of that version). So for that version, and for no other, an allocator gives that one
// buffer the size it needs: 1.6 KB a connection instead of 5.5 KB, at the same speed. A test sends
// control frames of every size, cut into single bytes, through an AddressSanitizer build to keep
// this true. It is not true of a client in this process, which has another size (sdk/client).
void use_small_receive_buffers(std::size_t rx_buffer_size);

// Writes whole WebSocket frames as they are, several at once. `bytes` must have LWS_PRE bytes of
// room before it. False if the connection is broken.
//
// That LWS_WRITE_HTTP sends bytes unchanged on a ws connection is true of 4.1 to 4.3 and documented
// nowhere; the protocol tests fail loudly if it changes.
[[nodiscard]] bool write_raw(lws* wsi, char* bytes, std::size_t size);

// Spares the turns that the library adds to this thread's loop, on which it runs `context`: after
// each event one that does not wait, at whose end it looks for buffered data and for timers of its
// own that are due. A function of ours in front of ev_idle_start() lets it have such a turn only if
// there is buffered data, or want_idle_turn() was called since the last one.
void spare_idle_turns(lws_context* context);
// Its timers are to be looked at when the next event has been handled.
void want_idle_turn();

// The library's lws_hdr_copy(). A function of ours stands in front of it, which never finds the
// header Sec-WebSocket-Protocol: for the library an upgrade that names subprotocols is then one
// that names none, where it would hang up on one that names none of its own. Its list may be at
// most 126 bytes long there, too, and some put a token of theirs into it. That no subprotocol is
// agreed on is what an answer without the header says.
[[nodiscard]] int copy_header(lws* wsi, char* to, int size, int token);

}  // namespace stoa::net
