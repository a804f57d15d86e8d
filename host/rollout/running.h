// A namespace that runs, and the versions that leave it.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rollout/scene.h"
#include "routing/departure.h"
#include "routing/namespace.h"

namespace stoa::rollout {

using Clock = std::chrono::steady_clock;
using VersionPtr = std::shared_ptr<routing::Version>;

// A version that gets nobody new any more, until its instance is destroyed.
struct Leaving {
  VersionPtr version;
  std::shared_ptr<routing::Departure> departure;
  // Then its members depart; never, as long as the step may still be taken back.
  Clock::time_point stay_until = Clock::time_point::max();
  bool departing = false;
  std::optional<Clock::time_point> empty_since;
  // How many shards may still run a call of it; none once it was not told to end yet.
  std::shared_ptr<std::atomic<std::size_t>> shards_left = nullptr;

  // Nobody is its member any more, nor will be.
  [[nodiscard]] bool deserted() const {
    return departing && departure->under_way() && version->members() == 0;
  }
};

struct Running {
  routing::Namespace* ns = nullptr;
  Wanted state;
  std::map<std::string, VersionPtr> versions;  // that run, by name
  std::vector<Leaving> leaving;
  bool removed = false;  // there until the last of them has left
};

// What the namespace's newcomers are told by.
[[nodiscard]] std::shared_ptr<const routing::Split> split_of(const Running& running);

}  // namespace stoa::rollout
