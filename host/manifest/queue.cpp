#include "manifest/queue.h"

#include <algorithm>
#include <array>

#include "manifest/kinds.h"

namespace stoa::manifest {
namespace {

struct NamedWhenFull {
  std::string_view name;
  WhenFull when_full;
};

constexpr std::array<NamedWhenFull, 3> kWhenFull = {
    NamedWhenFull{"push_back", WhenFull::kPushBack},
    NamedWhenFull{"drop_newest", WhenFull::kDropNewest},
    NamedWhenFull{"refuse", WhenFull::kRefuse}};

constexpr std::string_view kWanted = R"("push_back", "drop_newest" or "refuse")";

void store_when_full(const Value& value, const Place& place, Queue& out) {
  const auto* found = std::get_if<std::string>(&value.data);
  const auto known = found == nullptr ? kWhenFull.end()
                                      : std::ranges::find(kWhenFull, *found, &NamedWhenFull::name);
  if (known == kWhenFull.end()) return place.refuse(value, kWanted);
  out.when_full = known->when_full;
}

}  // namespace

const Keys<Queue>& queue_keys() {
  static const Keys<Queue> keys = {
      number("max_messages", &Queue::max_messages, 1, 1'000'000),
      number("max_bytes", &Queue::max_bytes, kKiB, 1024 * kMiB),
      {"when_full", Shape::kText, false, std::string(kWanted), store_when_full},
  };
  return keys;
}

}  // namespace stoa::manifest
