// What can go wrong, in two kinds: a status is what the host says to a call of the plugin; an error
// is what one side of the wire says to the other.
#pragma once

#include <cstdint>
#include <string_view>

#include "../base.h"

namespace stoa {

// The outcome of a host function, and of an ask. Ignoring one is safe: the host logs a misuse, and
// a connection that went away in the meantime is no mistake.
enum class Status : int32_t {
  kOk = STOA_OK,
  kInvalid = STOA_ERR_INVALID,     // an argument is too long, out of range or malformed
  kStale = STOA_ERR_STALE,         // the connection, timer or answer is gone or already used
  kState = STOA_ERR_STATE,         // right arguments, wrong moment
  kNotFound = STOA_ERR_NOT_FOUND,  // no such key, header or namespace, or not a member
  kLimit = STOA_ERR_LIMIT,         // a bound of the host would be exceeded; try again later
  kConflict = STOA_ERR_CONFLICT,   // compare-and-set found another value
  kRemote = STOA_ERR_REMOTE,       // the other side answered with an error
  kTimeout = STOA_ERR_TIMEOUT,     // no answer before the deadline
  kClosed = STOA_ERR_CLOSED,       // the connection went away before it answered
  kFailed = STOA_ERR_FAILED,       // the plugin failed
};

// An error by its text, which is all that travels. Two errors are equal if their texts are, so that
// one declared as a constant can be recognised on the other side of the wire:
//
//   constexpr stoa::Error kTooLong{"message too long"};
//   ...
//   return kTooLong;                              // in a handler: the error goes to the client
//   if (answer.error() == kTooLong) ...           // in the completion of an ask
//
// A handler may also throw it. The text is borrowed: give it a literal, or something that outlives
// the error. To answer with a text made up on the spot, use stoa::error().
class Error {
 public:
  constexpr explicit Error(std::string_view text) : text_(text) {}

  [[nodiscard]] constexpr std::string_view text() const { return text_; }

  // True for the same error, and for one that adds a detail to it: "invalid payload: no `name`" is
  // kInvalidPayload.
  [[nodiscard]] constexpr bool is(const Error& other) const {
    if (!text_.starts_with(other.text_)) return false;
    const std::string_view rest = text_.substr(other.text_.size());
    return rest.empty() || rest.starts_with(": ");
  }

  friend constexpr bool operator==(const Error&, const Error&) = default;

 private:
  std::string_view text_;
};

// The errors that every neffos server and client knows, to the letter.
constexpr Error kBadNamespace{"bad namespace"};
constexpr Error kBadRoom{"bad room"};
constexpr Error kWriteClosed{"write closed"};
constexpr Error kInvalidPayload{"invalid payload"};

// What the layer says in a handler's place: it threw; or it took a Later and dropped it.
constexpr Error kHandlerFailed{"handler failed"};
constexpr Error kNoAnswer{"no answer"};

}  // namespace stoa
