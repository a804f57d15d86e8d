#include "plugin/interests.h"

namespace stoa::plugin {

namespace {

// The kinds that any instance may handle and that are not about messages.
constexpr uint64_t kBesideMessages =
    STOA_HANDLES(STOA_EVENT_OPEN) | STOA_HANDLES(STOA_EVENT_CLOSE) |
    STOA_HANDLES(STOA_EVENT_TIMER) | STOA_HANDLES(STOA_EVENT_POSTED) |
    STOA_HANDLES(STOA_EVENT_ANSWER) | STOA_HANDLES(STOA_EVENT_CONFIG);

// So few names are compared one after the other faster than they are hashed.
constexpr std::size_t kFewNames = 8;

}  // namespace

Interests::Interests(const Description& description)
    : kinds_(description.handles), names_(description.events) {
  if (names_.size() <= kFewNames) return;
  for (uint32_t i = 0; i < names_.size(); ++i) events_.emplace(names_[i], i);
}

bool Interests::native_only() const noexcept {
  constexpr uint64_t kNative = STOA_HANDLES(STOA_EVENT_NATIVE);
  return (kinds_ & kNative) != 0 && (kinds_ & ~(kNative | kBesideMessages)) == 0 && names_.empty();
}

bool Interests::tracks_members() const noexcept {
  if (handles_any()) return true;
  for (uint32_t kind = STOA_EVENT_CONNECT; kind <= STOA_EVENT_ROOM_LEFT; ++kind) {
    if (handles(kind)) return true;
  }
  return false;
}

uint32_t Interests::event_index(std::string_view name) const noexcept {
  if (events_.empty()) {
    for (uint32_t i = 0; i < names_.size(); ++i) {
      if (names_[i] == name) return i;
    }
    return STOA_INDEX_ANY;
  }
  const auto found = events_.find(name);
  return found == events_.end() ? STOA_INDEX_ANY : found->second;
}

}  // namespace stoa::plugin
