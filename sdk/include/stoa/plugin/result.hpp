// How a handler answers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "../host.h"
#include "body.hpp"
#include "error.hpp"
#include "state.hpp"

namespace stoa {

class Result;
struct Message;

// The answer goes back under the event's own name and room. A string is text, any other value JSON.
// The reply to a binary question travels in a binary frame either way.
[[nodiscard]] Result reply(std::string text);
[[nodiscard]] Result reply_binary(std::string bytes);

// What the message brought, in its own kind and without a copy: only as the handler's own result.
[[nodiscard]] Result reply(const Message& same);

// The client sees an error with this text.
[[nodiscard]] Result error(std::string text);
[[nodiscard]] Result error(const Error& known);

// The same, said before something happens (open, connect, disconnect, join, leave): it does not.
[[nodiscard]] Result deny(std::string text);

// Closes the connection. `code` is 1000, 1001, 1003, 1007..1011 or 3000..4999; `reason` is cut at
// 123 bytes.
[[nodiscard]] Result close(uint16_t code, std::string reason = "");

// The answer comes later, by the Later that the handler took from its event. Not needed, only
// clear: a handler that took one and answers nothing means the same.
[[nodiscard]] Result pending();

// What a handler returns. The default says: content, nothing to say; an ask gets the empty answer.
class [[nodiscard]] Result {
 public:
  Result() = default;
  Result(const Error& known) : Result(STOA_ANSWER_ERROR, std::string(known.text())) {}
  // The answer to an export, and to nothing else. A State of schema 0 is content.
  Result(State state)
      : Result(state.schema == 0 ? STOA_ANSWER_NONE : STOA_ANSWER_REPLY, std::move(state.body)) {
    code_ = state.schema;
  }

  [[nodiscard]] bool content() const { return kind_ == STOA_ANSWER_NONE && !pending_; }
  // Neither an error nor the end of the connection, and given at once.
  [[nodiscard]] bool accepts() const {
    return (kind_ == STOA_ANSWER_NONE || kind_ == STOA_ANSWER_REPLY) && !pending_;
  }
  [[nodiscard]] bool is_pending() const { return pending_; }
  // A reply that is no State.
  [[nodiscard]] bool lacks_schema() const { return kind_ == STOA_ANSWER_REPLY && code_ == 0; }

  // As the ABI has it. Borrows from this.
  [[nodiscard]] stoa_answer raw() const {
    const std::string_view body = borrowed_.data() != nullptr ? borrowed_ : owned_;
    return {sizeof(stoa_answer), kind_, flags_, code_, {body.data(), body.size()}};
  }

 private:
  friend Result reply(std::string text);
  friend Result reply_binary(std::string bytes);
  friend Result reply(const Message& same);
  friend Result error(std::string text);
  friend Result close(uint16_t code, std::string reason);
  friend Result pending();

  Result(uint32_t kind, std::string body) : kind_(kind), owned_(std::move(body)) {}

  uint32_t kind_ = STOA_ANSWER_NONE;
  uint32_t flags_ = 0;
  uint32_t code_ = 0;
  bool pending_ = false;
  std::string owned_;
  std::string_view borrowed_;  // of the event, which outlives the handler's result
};

inline Result reply(std::string text) {
  return {STOA_ANSWER_REPLY, std::move(text)};
}

inline Result reply_binary(std::string bytes) {
  Result result(STOA_ANSWER_REPLY, std::move(bytes));
  result.flags_ = STOA_MESSAGE_BINARY;
  return result;
}

template <Text T>
[[nodiscard]] Result reply(const T& text) {
  return reply(std::string(std::string_view(text)));
}

template <JsonWritable T>
[[nodiscard]] Result reply(const T& value) {
  return reply(Body::to_json_text(value));
}

inline Result error(std::string text) {
  return {STOA_ANSWER_ERROR, std::move(text)};
}

inline Result error(const Error& known) {
  return known;
}

inline Result deny(std::string text) {
  return error(std::move(text));
}

inline Result close(uint16_t code, std::string reason) {
  Result result(STOA_ANSWER_CLOSE, std::move(reason));
  result.code_ = code;
  return result;
}

inline Result pending() {
  Result result;
  result.pending_ = true;
  return result;
}

}  // namespace stoa
