// Text in columns.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace stoa::cli {

// `text` and as many blanks as make it `columns` characters, as UTF-8 counts them.
[[nodiscard]] inline std::string padded(std::string_view text, std::size_t columns) {
  const auto begins_character = [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  };
  const auto size = static_cast<std::size_t>(std::ranges::count_if(text, begins_character));
  return std::string(text) + std::string(columns - std::min(columns, size), ' ');
}

}  // namespace stoa::cli
