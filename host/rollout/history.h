// The steps that were taken.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "rollout/scene.h"

namespace stoa::rollout {

struct Rollout {
  uint64_t number = 0;
  std::chrono::system_clock::time_point time;
  std::string by;    // who asked for it: "root", "SIGHUP", "guard", "start"
  std::string ns;    // empty if it is about several
  std::string text;  // what changed
  uint32_t members_moved = 0;
  std::shared_ptr<const Scene> scene;  // how all was afterwards
};

// The last ones, in their order. Not synchronised.
class History {
 public:
  explicit History(std::size_t most) : most_(most) {}

  void add(Rollout rollout) {
    if (rollouts_.size() == most_) rollouts_.pop_front();
    rollouts_.push_back(std::move(rollout));
  }
  [[nodiscard]] const std::deque<Rollout>& all() const noexcept { return rollouts_; }
  [[nodiscard]] uint64_t last_number() const noexcept {
    return rollouts_.empty() ? 0 : rollouts_.back().number;
  }
  // Null if it is not remembered (any more).
  [[nodiscard]] const Rollout* find(uint64_t number) const noexcept {
    const auto at = std::ranges::find(rollouts_, number, &Rollout::number);
    return at == rollouts_.end() ? nullptr : &*at;
  }

 private:
  const std::size_t most_;
  std::deque<Rollout> rollouts_;
};

}  // namespace stoa::rollout
