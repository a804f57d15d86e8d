// Text in columns.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace stoa::cli {

// How many characters `text` has, as UTF-8 counts them.
[[nodiscard]] inline std::size_t columns_of(std::string_view text) {
  const auto begins_character = [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  };
  return static_cast<std::size_t>(std::ranges::count_if(text, begins_character));
}

// `text` and as many blanks as make it `columns` characters.
[[nodiscard]] inline std::string padded(std::string_view text, std::size_t columns) {
  return std::string(text) + std::string(columns - std::min(columns, columns_of(text)), ' ');
}

}  // namespace stoa::cli
