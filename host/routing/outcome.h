// What a plugin said to an event that may be answered.
#pragma once

#include <cstdint>
#include <string>

#include "stoa/host.h"

namespace stoa::routing {

struct Outcome {
  uint32_t kind = STOA_ANSWER_NONE;
  uint32_t flags = 0;
  uint32_t code = 0;  // for CLOSE
  std::string body;

  [[nodiscard]] bool denied() const noexcept {
    return kind == STOA_ANSWER_ERROR || kind == STOA_ANSWER_CLOSE;
  }
  [[nodiscard]] static Outcome error(std::string_view text) {
    return {STOA_ANSWER_ERROR, 0, 0, std::string(text)};
  }
};

}  // namespace stoa::routing
