// The table of a plugin's handlers, and how one is filled.
#pragma once

#include <string_view>
#include <type_traits>
#include <utility>

#include "../detail/adapter.hpp"
#include "../detail/table.hpp"

namespace stoa {

// The argument of a plugin's `static void handlers(stoa::Handlers<P>& on)`, which is called once,
// when the library is asked what it can do and before there is any instance. What it says is all
// that the host delivers, and what `stoa inspect` shows.
//
//   on.connected(&Chat::greet);
//   on("message", &Chat::message);
//   on("ping", [] { return stoa::reply("pong"); });
//
// A handler is a member function of P, or a function or lambda that captures nothing: what is to be
// remembered is a member of P. It names the arguments it wants, in any order and as value or
// reference:
//
//   P&                   the plugin's instance (for lambdas)
//   stoa::Member         who did it, except where another type is named below
//   stoa::Event          what happens: room, by whom, forced
//   stoa::Message        the same with the body: events, any, native
//   any other type T     the body as JSON: events, any, native. A body that is none is answered
//                        "invalid payload: " and the reason, and the handler is not called
//
// It returns stoa::Result, a string (a text reply), any value that JSON can say (a JSON reply), or
// nothing (content). If it throws a stoa::Error, that is its answer; if it throws anything else,
// the answer is the error "handler failed", and the log has a line with the reason.
//
// Handlers of one instance never run at the same time, unless on.concurrent() was said. A handler
// should return within 100 ms; for longer work, take msg.later().
template <class P>
class Handlers {
 public:
  explicit Handlers(detail::Table& table) : table_(table) {}

  // A message: `event` has 1..255 bytes and is given once. May answer; a reply goes back to the
  // sender under the same event.
  template <class F>
  void operator()(std::string_view event, F handler) {
    table_.add_event(event, detail::adapt<P, detail::Messages>(handler));
  }

  // A connection opens, before it is in any namespace. Takes stoa::Opening instead of a member. An
  // error refuses it.
  template <class F>
  void open(F handler) {
    add<detail::Openings>(STOA_EVENT_OPEN, handler);
  }

  // It is gone: once, and last, for each one that opened. Takes stoa::Connection (which still
  // answers questions while the handler runs) and stoa::Closed.
  template <class F>
  void close(F handler) {
    add<detail::Closings>(STOA_EVENT_CLOSE, handler);
  }

  // It wants into the namespace. Takes stoa::Connection, as it is no member yet. An error denies
  // it.
  template <class F>
  void connect(F handler) {
    add<detail::Connects>(STOA_EVENT_CONNECT, handler);
  }

  // It is in, and knows it: from here on one can send to it.
  template <class F>
  void connected(F handler) {
    add<detail::Changes>(STOA_EVENT_CONNECTED, handler);
  }

  // It wants out, and an error keeps it; or it is out, if forced.
  template <class F>
  void disconnect(F handler) {
    add<detail::Changes>(STOA_EVENT_DISCONNECT, handler);
  }

  // It wants into a room, and an error denies it; then it is in.
  template <class F>
  void join(F handler) {
    add<detail::Changes>(STOA_EVENT_ROOM_JOIN, handler);
  }
  template <class F>
  void joined(F handler) {
    add<detail::Changes>(STOA_EVENT_ROOM_JOINED, handler);
  }

  // It wants out of a room, and an error keeps it unless forced; then it is out.
  template <class F>
  void leave(F handler) {
    add<detail::Changes>(STOA_EVENT_ROOM_LEAVE, handler);
  }
  template <class F>
  void left(F handler) {
    add<detail::Changes>(STOA_EVENT_ROOM_LEFT, handler);
  }

  // A frame that is no message, in the namespace "". A reply is sent as such a frame.
  template <class F>
  void native(F handler) {
    add<detail::Messages>(STOA_EVENT_NATIVE, handler);
  }

  // Whatever has no handler of its own: messages, and changes of membership under their name on the
  // wire, such as "_OnRoomJoin".
  template <class F>
  void any(F handler) {
    table_.set_any(detail::adapt<P, detail::Messages>(handler));
  }

  // The configuration changed, for the server read its manifest again (SIGHUP): takes the new
  // stoa::Config, while config() is still the old one. Afterwards config() is the new one; an
  // error, or a ConfigError thrown, keeps the old one. Without this handler the plugin keeps what
  // it read when it was made.
  template <class F>
  void config(F handler) {
    add<detail::Configurations>(STOA_EVENT_CONFIG, handler);
  }

  // Handlers for different connections may run at the same time, each connection's still one after
  // the other: the plugin guards its own members.
  void concurrent() { table_.set_concurrent(); }

 private:
  template <class Kind, class F>
  void add(uint32_t kind, F handler) {
    table_.set_handler(kind, detail::adapt<P, Kind>(handler));
  }

  detail::Table& table_;
};

}  // namespace stoa
