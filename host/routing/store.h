// A key and value store: a connection's, or a namespace's.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "stoa/base.h"

namespace stoa::routing {

// Bounded in keys and in the size of each. Not synchronised: its holder locks. Results are STOA_OK
// or an error of stoa/base.h.
class Store {
 public:
  static constexpr std::size_t kMaxKeyBytes = 255;
  static constexpr std::size_t kMaxValueBytes = 64 * 1024;

  explicit Store(std::size_t max_keys) : max_keys_(max_keys) {}

  [[nodiscard]] const std::string* find(std::string_view key) const;
  [[nodiscard]] int32_t set(std::string_view key, std::string_view value);
  [[nodiscard]] int32_t erase(std::string_view key);
  // Adds to a decimal integer; a missing one is 0. INVALID if it is not a number or overflows.
  [[nodiscard]] int32_t add(std::string_view key, int64_t amount, int64_t& result);
  // Sets `value` if the present one is `expected` (nothing: missing), else CONFLICT.
  [[nodiscard]] int32_t swap(std::string_view key, std::optional<std::string_view> expected,
                             std::string_view value);
  // By their order.
  template <class Visit>
  void each(Visit visit) const {
    for (const auto& [key, value] : values_) visit(key, value);
  }

 private:
  std::size_t max_keys_;
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace stoa::routing
