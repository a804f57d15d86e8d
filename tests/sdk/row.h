// The body of STOA_EVENT_ATTACH, as the words of stoa/attached.h have it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace stoa::testing {

struct Item {
  uint32_t kind;
  std::string key;
  std::string value;
};

[[nodiscard]] inline std::string row(const std::vector<Item>& items) {
  std::string bytes;
  const auto number = [&](std::size_t value) {
    for (int i = 0; i < 4; ++i, value /= 256) bytes += static_cast<char>(value % 256);
  };
  for (const Item& item : items) {
    number(item.kind);
    number(item.key.size());
    number(item.value.size());
    bytes += item.key + item.value;
  }
  return bytes;
}

}  // namespace stoa::testing
