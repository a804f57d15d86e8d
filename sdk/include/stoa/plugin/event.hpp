// What happens: the arguments by which handlers learn of it.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "../detail/link.hpp"
#include "../plugin.h"
#include "body.hpp"
#include "later.hpp"

namespace stoa {

// By whom an event was caused.
enum class By : uint32_t {
  kClient = STOA_BY_CLIENT,  // the client asked
  kPlugin = STOA_BY_PLUGIN,  // a plugin called the host
  kHost = STOA_BY_HOST,      // the connection was lost, or the server shuts down
};

namespace detail {

// One event on its way through the layer.
struct Call {
  Link& link;
  const stoa_event& event;
  std::shared_ptr<Question> question = nullptr;  // once the handler took a Later
};

}  // namespace detail

// Something that happens to a member: connect, join, leave and so on. Its texts, like those of a
// Message, are borrowed until the handler returns: copy what is to be kept.
struct Event {
  explicit Event(detail::Call& call)
      : name(detail::view(call.event.event)),
        room(detail::view(call.event.room)),
        by(static_cast<By>(call.event.by)),
        forced((call.event.flags & STOA_EVENT_FORCED) != 0),
        call_(&call) {}

  std::string_view name;  // as on the wire: "message", "_OnRoomJoin"
  std::string_view room;  // empty if it is about the namespace
  By by;
  bool forced;  // it happens whatever the handler answers

  // The right to answer after the handler returned. Take it within the handler.
  [[nodiscard]] Later later() const {
    if (!call_->question) {
      call_->question = std::make_shared<detail::Question>(call_->link.host(), call_->event.reply);
    }
    return Later(call_->question);
  }

 private:
  detail::Call* call_;
};

// A message of a client, or in a native handler a raw frame.
struct Message : Event {
  explicit Message(detail::Call& call)
      : Event(call),
        body(detail::view(call.event.body)),
        binary((call.event.flags & STOA_EVENT_BINARY) != 0),
        ask((call.event.flags & STOA_EVENT_ASK) != 0) {}

  std::string_view body;
  bool binary;  // it came in a binary frame; otherwise the body is UTF-8
  bool ask;     // somebody waits for the answer

  // The body as a value. Throws PayloadError if it is no T in JSON; a handler that lets that pass
  // answers the client "invalid payload: " and the reason. A number is never bent to fit: neither
  // -1, 1.5, true nor 1e12 is a uint32_t, also inside of lists, maps and structs. In a struct that
  // is seen by writing it as JSON again: one that has from_json() without to_json() checks its own
  // numbers, and one that writes another number than it read under the same name is refused.
  template <JsonReadable T>
  [[nodiscard]] T as() const {
    return detail::from_json_text<T>(body);
  }

  // To send it on as it came.
  operator Body() const { return binary ? Body(Binary(body)) : Body(body); }
};

// How a connection ended.
struct Closed {
  explicit Closed(const detail::Call& call)
      : code(static_cast<uint16_t>(call.event.status)), reason(detail::view(call.event.body)) {}

  uint16_t code;            // the WebSocket close code; 1006: none was received
  std::string_view reason;  // borrowed until the handler returns
};

inline Result reply(const Message& same) {
  Result result(STOA_ANSWER_REPLY, "");
  result.flags_ = same.binary ? STOA_MESSAGE_BINARY : 0;
  result.borrowed_ = same.body;
  return result;
}

}  // namespace stoa
