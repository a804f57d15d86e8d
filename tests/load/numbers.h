// Numbers in what is said and heard.
#pragma once

#include <charconv>
#include <cstdint>
#include <string_view>
#include <system_error>

namespace stoa::load {

// The first token of a connection's own asks; those of its opening are smaller.
inline constexpr uint64_t kFirstToken = 1'000'000'000;

// The whole of `text` as a number; 0 if it is none.
[[nodiscard]] inline uint64_t number_of(std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? number : 0;
}

// A word of a room as mover passes it on: "...;said;0;0;<id>: <who> <number>".
struct Word {
  uint64_t who = 0;
  uint64_t number = 0;
};

[[nodiscard]] inline bool is_word(std::string_view message) {
  return message.find(";said;0;0;") != std::string_view::npos;
}

// REQUIRES: is_word(message).
[[nodiscard]] inline Word word_of(std::string_view message) {
  const std::size_t blank = message.rfind(' ');
  const std::size_t colon = message.rfind(' ', blank - 1);
  return {number_of(message.substr(colon + 1, blank - colon - 1)),
          number_of(message.substr(blank + 1))};
}

}  // namespace stoa::load
