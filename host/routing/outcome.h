// What a plugin said to an event that may be answered.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "stoa/host.h"

namespace stoa::routing {

// What clients read when a handler returned an error and said nothing.
inline constexpr std::string_view kHandlerFailed = "handler failed";

// What was said, borrowed: enough to pass it on at once.
struct Said {
  uint32_t kind = STOA_ANSWER_NONE;
  uint32_t flags = 0;
  uint32_t code = 0;  // for CLOSE
  std::string_view body;
};

// What the host says in the place of a plugin that did not answer in time.
inline constexpr Said kNoneInTime{STOA_ANSWER_ERROR, 0, 0, "handler unavailable"};

// The same of one whose queue is full.
inline constexpr Said kBusy{STOA_ANSWER_ERROR, 0, 0, "handler busy"};

// The same, to keep.
struct Outcome {
  uint32_t kind = STOA_ANSWER_NONE;
  uint32_t flags = 0;
  uint32_t code = 0;  // for CLOSE
  std::string body;
  bool unanswered = false;  // it said nothing in time: the host did

  [[nodiscard]] bool denied() const noexcept {
    return kind == STOA_ANSWER_ERROR || kind == STOA_ANSWER_CLOSE;
  }
  [[nodiscard]] Said said() const noexcept { return {kind, flags, code, body}; }
  [[nodiscard]] static Outcome of(const Said& said) {
    return {said.kind, said.flags, said.code, std::string(said.body)};
  }
  [[nodiscard]] static Outcome error(std::string_view text) {
    return {STOA_ANSWER_ERROR, 0, 0, std::string(text)};
  }
  [[nodiscard]] static Outcome none_in_time() {
    Outcome none = of(kNoneInTime);
    none.unanswered = true;
    return none;
  }
};

}  // namespace stoa::routing
