// The neffos message: `wait;namespace;room;event;isError;isNoOp;body`.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace stoa::wire {

// Names of lifecycle events on the wire.
inline constexpr std::string_view kConnect = "_OnNamespaceConnect";
inline constexpr std::string_view kConnected = "_OnNamespaceConnected";
inline constexpr std::string_view kDisconnect = "_OnNamespaceDisconnect";
inline constexpr std::string_view kRoomJoin = "_OnRoomJoin";
inline constexpr std::string_view kRoomJoined = "_OnRoomJoined";
inline constexpr std::string_view kRoomLeave = "_OnRoomLeave";
inline constexpr std::string_view kRoomLeft = "_OnRoomLeft";
inline constexpr std::string_view kAnyEvent = "_OnAnyEvent";
inline constexpr std::string_view kNativeMessage = "_OnNativeMessage";

// Error texts that the other side knows, to the letter.
inline constexpr std::string_view kBadNamespace = "bad namespace";
inline constexpr std::string_view kBadRoom = "bad room";
inline constexpr std::string_view kWriteClosed = "write closed";
inline constexpr std::string_view kInvalidPayload = "invalid payload";

// The acknowledgement.
inline constexpr std::string_view kAckRequest = "M";
inline constexpr char kAckAccepted = 'A';
inline constexpr char kAckRefused = 'H';

// A message as it stands in a frame or is to be put into one. Borrows everything.
//
// `wait` travels as it is, so it holds no ';'. A namespace, room or event may hold one: it travels
// as `@%!semicolon@%!`. That escape has none of its own: a name that holds it literally arrives
// with a ';' in its place, at every client.
struct Message {
  std::string_view wait = {};
  std::string_view ns = {};
  std::string_view room = {};
  std::string_view event = {};
  bool is_error = false;  // then `body` is the error's text
  bool is_noop = false;
  std::string_view body = {};

  friend bool operator==(const Message&, const Message&) = default;
};

// A message that came in a frame.
struct Received : Message {
  // The frame up to the body, if a reply's frame begins just so: flags and all. Else empty.
  std::string_view head = {};
};

// Where unescaped names are kept when a frame holds escaped ones. Reuse one: it rarely allocates.
struct Unescaped {
  std::string ns;
  std::string room;
  std::string event;
};

// Reads a frame. The result borrows from `frame`, and from `scratch` for names that were escaped.
// Empty if the frame is no message: fewer than six separators, or a flag other than 0, 1 and
// nothing (the empty answer has nothing there).
[[nodiscard]] std::optional<Received> parse(std::string_view frame, Unescaped& scratch);

// Bytes of the message once written, names escaped.
[[nodiscard]] std::size_t encoded_size(const Message& message);

// Writes the message to `out`, names escaped, and returns the end of what it wrote.
// REQUIRES: room for encoded_size(message) bytes.
char* encode(const Message& message, char* out);

// Appends the message to `out`, names escaped.
void append(std::string& out, const Message& message);

// What a reply to `question` has before its body: the same names. Borrows from the question, or
// from `scratch`, which is written to if the question's own head would not do.
[[nodiscard]] std::string_view reply_head(const Received& question, std::string& scratch);

// The empty answer to an ask is its wait field and this.
inline constexpr std::string_view kEmptyAnswerTail = ";;;;;;";

// What a wait field says.
[[nodiscard]] bool is_client_ask(std::string_view wait);  // begins with '$'

}  // namespace stoa::wire
