// What a plugin declares that it handles.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "plugin/description.h"
#include "stoa/plugin.h"

namespace stoa::plugin {

// Read from its description, once for all instances. Immutable: any thread may ask.
class Interests {
 public:
  Interests() = default;
  // Borrows the description's names.
  explicit Interests(const Description& description);

  [[nodiscard]] bool handles(uint32_t kind) const noexcept {
    return (kinds_ & STOA_HANDLES(kind)) != 0;
  }
  [[nodiscard]] bool handles_any() const noexcept { return (kinds_ & STOA_HANDLES_ANY) != 0; }
  // True if native frames are all it handles, besides opening and closing.
  [[nodiscard]] bool native_only() const noexcept;
  // Does it handle something by which it may keep to itself who its members are?
  [[nodiscard]] bool tracks_members() const noexcept;
  // The position of an event's name in the description, or STOA_INDEX_ANY.
  [[nodiscard]] uint32_t event_index(std::string_view name) const noexcept;

 private:
  // Cheap, and good enough for a table whose names the plugin chose.
  struct Hash {
    std::size_t operator()(std::string_view name) const noexcept {
      if (name.empty()) return 0;
      const auto first = static_cast<unsigned char>(name.front());
      const auto last = static_cast<unsigned char>(name.back());
      return name.size() + (std::size_t{first} << 5) + (std::size_t{last} << 11);
    }
  };

  uint64_t kinds_ = 0;
  std::span<const std::string> names_;
  std::unordered_map<std::string_view, uint32_t, Hash> events_;  // empty if they are few
};

}  // namespace stoa::plugin
