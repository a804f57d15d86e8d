// A client of a stoa server, or of any other neffos server.
//
//   stoa::client::Options options;
//   options.url = "ws://127.0.0.1:8080/";
//   options.namespaces["chat"].on("message", [](Client&, const Message& m) { print(m.body); });
//   stoa::client::Client client(std::move(options));
//   if (auto outcome = client.dial(); !outcome) return fail(outcome.body);
//   client.connect("chat");
//   client.join("chat", "lobby");
//   auto who = client.ask({.ns = "chat", .room = "lobby", .event = "who"});
//
// Threads: a Client has one thread of its own, where all handlers, hooks and completions run, one
// at a time. Its functions may be called from any thread. The blocking ones (they return an Outcome
// and take no Completion) wait for the server, so from the client's own thread they do nothing and
// return kWrongThread: use the variant with a Completion there. emit(), close() and the questions
// about the present state never wait and may be called anywhere.
//
// Nothing here throws, but for the constructor when the system has no thread, descriptor or memory
// left. Handlers may throw: it counts as an error answer.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace stoa::client {

class Client;

// Lifecycle events: handlers are declared under these names as for any other event. "Before"
// handlers may refuse with Reply::error(); what the others reply is ignored.
inline constexpr char kConnect[] = "_OnNamespaceConnect";        // before the namespace is entered
inline constexpr char kConnected[] = "_OnNamespaceConnected";    // after
inline constexpr char kDisconnect[] = "_OnNamespaceDisconnect";  // after it was left
inline constexpr char kRoomJoin[] = "_OnRoomJoin";               // before a room is joined
inline constexpr char kRoomJoined[] = "_OnRoomJoined";           // after
inline constexpr char kRoomLeave[] = "_OnRoomLeave";             // when leaving a room was agreed
inline constexpr char kRoomLeft[] = "_OnRoomLeft";               // after
// Every event of the namespace without a handler of its own, the ones above included.
inline constexpr char kAnyEvent[] = "_OnAnyEvent";
// A frame that is no message, in the namespace "" only. If this is all that a client handles, its
// frames are all native, and it can talk to any WebSocket server.
inline constexpr char kNativeMessage[] = "_OnNativeMessage";

// Error texts that both sides know to the letter.
inline constexpr char kBadNamespace[] = "bad namespace";
inline constexpr char kBadRoom[] = "bad room";
inline constexpr char kWriteClosed[] = "write closed";

enum class Status {
  kOk,
  kError,        // the other side answered with an error, or a handler of ours refused: its text
  kTimeout,      // no answer before the deadline; it may have been carried out all the same
  kClosed,       // not connected, or no longer: "write closed"
  kUnreachable,  // dial(): no connection, or no WebSocket at the other end: a sentence
  kNotMember,    // not in the namespace or room it is about: "bad namespace" or "bad room"
  kInvalid,      // an argument is malformed: a sentence
  kLimit,        // a bound of Options would be exceeded: a sentence
  kWrongThread,  // a blocking call from a handler, hook or completion: a sentence
};

struct Outcome {
  Status status = Status::kOk;
  std::string body;     // kOk: the answer to an ask, any bytes. Otherwise the error's text
  bool binary = false;  // the answer came in a binary frame

  explicit operator bool() const { return status == Status::kOk; }
};

// Runs once for each request it was given to, on the client's thread; if the request was made on
// that thread, perhaps before the call returns. Must not throw.
using Completion = std::function<void(Outcome)>;

// What happened. Everything is borrowed until the handler returns.
struct Message {
  std::string_view ns = {};
  std::string_view room = {};   // empty if it is about no room
  std::string_view event = {};  // as on the wire; a lifecycle event under its own name
  std::string_view body = {};   // any bytes; with `error` the error's text
  bool binary = false;          // came in a binary frame
  bool error = false;           // the server refused an event that was emitted to it
  bool ask = false;             // the server waits for the reply
  bool local = false;           // lifecycle: caused by this client
  bool forced = false;          // lifecycle: cannot be refused
  bool native = false;          // no message but a frame as it came
};

// What a handler has to say to the server.
class Reply {
 public:
  enum class Kind { kNone, kBody, kError };

  Reply() = default;  // content, and silent; who asked gets an empty answer

  // Goes back under the event's own namespace, room and name; as text, or binary if the event was.
  static Reply with(std::string body) { return {Kind::kBody, std::move(body)}; }
  // Refuses, or reports a failure. An error is never answered with an error.
  static Reply error(std::string text) { return {Kind::kError, std::move(text)}; }

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] const std::string& body() const { return body_; }

 private:
  Reply(Kind kind, std::string body) : kind_(kind), body_(std::move(body)) {}

  Kind kind_ = Kind::kNone;
  std::string body_;
};

using Handler = std::function<Reply(Client&, const Message&)>;

// The handlers of one namespace, by event.
class Events {
 public:
  // Declares the handler of `event`, and replaces an earlier one. `handler` takes (Client&, const
  // Message&) and returns a Reply or nothing.
  template <class Function>
  Events& on(std::string event, Function handler) {
    if constexpr (std::is_void_v<std::invoke_result_t<Function&, Client&, const Message&>>) {
      handlers_[std::move(event)] = [handler = std::move(handler)](Client& c,
                                                                   const Message& m) mutable {
        handler(c, m);
        return Reply();
      };
    } else {
      handlers_[std::move(event)] = std::move(handler);
    }
    return *this;
  }

  // The handler of `event` or else the wildcard's; nullptr if there is neither. Native frames have
  // no wildcard. Valid until on() is called again.
  [[nodiscard]] const Handler* find(std::string_view event) const;
  [[nodiscard]] bool native() const { return handlers_.count(kNativeMessage) != 0; }
  [[nodiscard]] bool native_only() const { return native() && handlers_.size() == 1; }

 private:
  std::map<std::string, Handler, std::less<>> handlers_;
};

// How a lost connection is sought again: the n-th wait is first_delay * 2^(n-1), at most max_delay,
// shortened by a random part of up to `jitter` of it. When the connection is back, the namespaces
// and rooms that the client was in are entered again, then Options::on_reconnected runs.
struct Reconnect {
  bool enabled = false;
  std::chrono::milliseconds first_delay{500};   // at least 1
  std::chrono::milliseconds max_delay{30'000};  // at least first_delay
  double jitter = 0.5;                          // 0..1
  uint32_t max_tries = 0;                       // 0: no end
};

// How a connection ended.
struct Closed {
  uint16_t code = 1006;  // the server's close code, or ours; 1005: it gave none; 1006: no close
                         // frame came
  std::string reason;    // at most 123 bytes; after 1006 perhaps what went wrong
  bool reconnecting = false;  // another try follows
};

struct Options {
  // ws://host[:port][/path][?query], or wss://. Without a scheme it is ws://.
  std::string url;
  // Namespaces that the client may be in, each with its handlers: no handler is fine, but one that
  // is not named here can neither be connected to nor be forced upon the client.
  std::map<std::string, Events, std::less<>> namespaces;
  // Request headers, in this order. Together at most 2 KiB.
  std::vector<std::pair<std::string, std::string>> headers;

  std::chrono::milliseconds dial_timeout{10'000};  // from dial() to the server's acknowledgement
  std::chrono::milliseconds ask_timeout{10'000};   // of asks that name none, connects, joins...
  std::chrono::milliseconds close_timeout{1'000};  // for the server to answer our close
  Reconnect reconnect;

  std::size_t max_message_bytes =
      16 * 1024 * 1024;  // received; beyond it the client closes with 1009
  std::size_t send_queue_bytes = 16 * 1024 * 1024;  // waiting to be sent; beyond it: kLimit

  // wss: trust only the certificates of this PEM file; empty: the system's.
  std::string ca_file;

  // After each end of a connection that dial() had reported as open, when all its namespaces were
  // left and all its asks woken; and once more, not reconnecting, if the tries were given up.
  std::function<void(Client&, const Closed&)> on_close;
  // After `tries` tries the connection is back, and its namespaces and rooms as far as the server
  // allowed.
  std::function<void(Client&, uint32_t tries)> on_reconnected;
};

// What is to be sent. Borrowed until the call returns.
struct Outgoing {
  std::string_view ns = {};
  std::string_view room = {};
  std::string_view event = {};  // 1..255 bytes
  std::string_view body = {};   // UTF-8, or any bytes if binary
  bool binary = false;
};

class Client {
 public:
  // Starts the client's thread. Does not connect yet. A malformed option is reported by dial().
  explicit Client(Options options);

  // Closes with 1000 if that did not happen yet (namespaces are left by force, so handlers may
  // still run), and ends the thread. Waits for the server at most Options::close_timeout. REQUIRES:
  // not called on the client's own thread.
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Connects and waits for the server's acknowledgement. kError with the server's text if it
  // refuses the connection; kUnreachable; kTimeout; kInvalid (URL, header). May be called again
  // after the connection was closed for good; kInvalid while there is one.
  Outcome dial();
  void dial(Completion done);

  // Enters a namespace. kOk at once if it is in there already. kError with the server's text if it
  // is denied; kNotMember if it is not in Options::namespaces.
  Outcome connect(std::string_view ns);
  void connect(std::string_view ns, Completion done);

  // Waits until the client is in `ns`, by its own wish or the server's. False after `timeout`.
  bool wait_connected(std::string_view ns, std::chrono::milliseconds timeout);

  // Leaves a namespace and its rooms. kError if the server refuses; kNotMember.
  Outcome disconnect(std::string_view ns);
  void disconnect(std::string_view ns, Completion done);

  // Leaves all namespaces. The first failure, if there was one; the others are left all the same.
  Outcome disconnect_all();
  void disconnect_all(Completion done);

  // Joins a room of a namespace that the client is in, or leaves it. kError if the server refuses;
  // kNotMember. Joining twice is kOk.
  Outcome join(std::string_view ns, std::string_view room);
  void join(std::string_view ns, std::string_view room, Completion done);
  Outcome leave(std::string_view ns, std::string_view room);
  void leave(std::string_view ns, std::string_view room, Completion done);

  // Sends an event, and does not wait. Events of one thread are sent in the order of the calls. kOk
  // means that it is queued; if the connection ends before it is sent, it is lost. kClosed;
  // kNotMember; kLimit; kInvalid.
  Outcome emit(const Outgoing& event);
  // Sends a frame that is no message. REQUIRES: in the namespace "", else kNotMember.
  Outcome emit_native(std::string_view frame, bool binary = false);

  // Sends an event and waits for its answer. `timeout` 0 means Options::ask_timeout. kError if the
  // handler over there answered with an error; kTimeout; and as emit().
  Outcome ask(const Outgoing& event, std::chrono::milliseconds timeout = {});
  void ask(const Outgoing& event, std::chrono::milliseconds timeout, Completion done);

  // Ends the connection, after what was sent before, with `code` (1000 or 3000..4999) and `reason`
  // (cut at 123 bytes), and does not seek it again.
  void close(uint16_t code = 1000, std::string_view reason = {});
  // Waits until there is no connection and none is sought. False after `timeout`.
  bool wait_closed(std::chrono::milliseconds timeout);

  // The present state. It may have changed when the caller looks at it.
  [[nodiscard]] bool open() const;       // acknowledged, and not lost yet
  [[nodiscard]] std::string id() const;  // as the server named the connection; empty before
  [[nodiscard]] Closed closed() const;   // how the last connection ended
  [[nodiscard]] uint32_t tries()
      const;  // reconnect tries that the present connection took; 0: none
  [[nodiscard]] bool connected(std::string_view ns) const;
  [[nodiscard]] bool joined(std::string_view ns, std::string_view room) const;
  [[nodiscard]] std::vector<std::string> namespaces() const;
  [[nodiscard]] std::vector<std::string> rooms(std::string_view ns) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace stoa::client
