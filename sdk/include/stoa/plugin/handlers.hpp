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
// the answer is the error "handler failed", and the log has a line with the reason. The handlers of
// what passes between versions, self_test() and those after it, return what their comments say.
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

  // --- Between versions: since ABI 1.1
  //
  // A namespace may have several versions of its plugin at a time, each with an instance of its
  // own, and its members may be moved from one to another while they stay connected. All see all
  // rooms, members and stores, and send to all; each gets the events of its own members. What a
  // version keeps in its own memory, and nothing else, passes from one to the other here:
  //
  //   on.export_member([](Chat& chat, stoa::Member who) { return stoa::State(1, chat.of(who)); });
  //   on.exported([](Chat& chat, stoa::Member who) { chat.forget(who); });
  //   on.import_member([](Chat& chat, stoa::Member who, stoa::State state) {
  //     chat.remember(who, state.as<Known>());
  //   });
  //
  // A plugin that keeps nothing about members needs none of these. One that handles their coming
  // and going (connect, connected, ... left) is taken for one that does: without import_member() it
  // gets members of another version only by their being disconnected and connected again.
  //
  // As always, handlers of one instance run one after the other unless on.concurrent() was said,
  // and those of two versions may run at the same time. The texts of errors are for the operator,
  // except for judge().

  // Are you fit to serve? Once, before there is a member; and, before that, in a child process
  // whose host has no server behind it: what is sent comes to nothing, and stores are empty. Takes
  // no arguments but P&, and stoa::Event for its later(). Returns nothing or stoa::Result. An error
  // keeps the version out, and so does an exception, with its text.
  template <class F>
  void self_test(F handler) {
    add<detail::SelfTests>(STOA_EVENT_SELF_TEST, handler);
  }

  // Another version is to serve this member: what do you know of it? Returns stoa::State, nothing
  // (there is nothing to pass on), or stoa::Result, whose error keeps it from being moved, as more
  // than 16 MiB do. Forget nothing yet: the other version may refuse it. Its other events wait
  // until that is decided.
  template <class F>
  void export_member(F handler) {
    add<detail::Exports>(STOA_EVENT_EXPORT, handler);
  }

  // The same for what you keep for the namespace as a whole, at most 256 MiB, before the first
  // member is moved: you go, or another version is the stable one from now on. Takes no member.
  template <class F>
  void export_all(F handler) {
    add_whole<detail::WholeExports>(STOA_EVENT_EXPORT, handler);
  }

  // It is the other version's now: forget it. It stays connected and in its rooms, so there is no
  // disconnect and no left; no other event of it comes. Takes stoa::Member; nothing can be
  // answered.
  template <class F>
  void exported(F handler) {
    add<detail::Handovers>(STOA_EVENT_EXPORTED, handler);
  }

  // What you kept for the namespace as a whole is the other version's: if you have members left,
  // begin anew. Takes no member.
  template <class F>
  void exported_all(F handler) {
    add_whole<detail::WholeHandovers>(STOA_EVENT_EXPORTED, handler);
  }

  // A member comes from another version, as it is: connected, in its rooms, with its store; there
  // was no connect and no join. Takes stoa::Member, and stoa::State as the other version exported
  // it: of schema 0 if it exported nothing. Returns nothing or stoa::Result; an error leaves the
  // member where it was. Without this handler a plugin that has import_all() answers such an error
  // if something was exported, or if it handles its members' coming and going.
  template <class F>
  void import_member(F handler) {
    add<detail::Imports>(STOA_EVENT_IMPORT, handler);
  }

  // The same for what another version kept for the namespace as a whole: takes stoa::State and no
  // member. You may have members already: add it to what you have. An error keeps this version out
  // if it was to be the stable one instead; else it is lost, and the operator reads its text.
  // Without this handler a plugin that has import_member() answers such an error if something was
  // exported.
  template <class F>
  void import_all(F handler) {
    add_whole<detail::WholeImports>(STOA_EVENT_IMPORT, handler);
  }

  // May this member stay? Asked of each one that was moved here, and of all after a new
  // configuration was taken. Returns nothing or stoa::Result; an error disconnects it, and its text
  // goes to the client.
  template <class F>
  void judge(F handler) {
    add<detail::Judgements>(STOA_EVENT_JUDGE, handler);
  }

  // A member is there whose instance failed with its process, and it is yours from now on: nobody
  // exported it, but it is connected, in its rooms, with its store. Takes stoa::Member, and
  // stoa::Attached, which has these. Before any other event of the member. Returns nothing or
  // stoa::Result; an error disconnects the member and connects it again.
  //
  //   on.attach([](Chat& chat, stoa::Member who, const stoa::Attached& has) {
  //     for (const auto room : has.rooms()) chat.remember(who, room);
  //   });
  //
  // Without this handler import_member() is called, with a state of schema 0; and a plugin that has
  // neither, and handles its members' coming and going, gets them by their being disconnected and
  // connected again.
  template <class F>
  void attach(F handler) {
    add<detail::Attachments>(STOA_EVENT_ATTACH, handler);
  }

  // Handlers for different connections may run at the same time, each connection's still one after
  // the other: the plugin guards its own members.
  void concurrent() { table_.set_concurrent(); }

 private:
  template <class Kind, class F>
  void add(uint32_t kind, F handler) {
    table_.set_handler(kind, detail::adapt<P, Kind>(handler));
  }
  template <class Kind, class F>
  void add_whole(uint32_t kind, F handler) {
    table_.set_whole_handler(kind, detail::adapt<P, Kind>(handler));
  }

  detail::Table& table_;
};

}  // namespace stoa
