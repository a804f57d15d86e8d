// The steps that were taken.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "rollout/scene.h"

namespace stoa::rollout {

struct Rollout {
  uint64_t number = 0;
  std::chrono::system_clock::time_point time;
  std::string by;    // who asked for it: "root", "SIGHUP", "guard", "start"
  std::string ns;    // empty if it is about several
  std::string text;  // what changed
  uint32_t members_moved = 0;
  Scene scene;                            // the namespaces that it changed, as they were afterwards
  std::vector<std::string> removed = {};  // those that it took away
};

[[nodiscard]] inline bool takes_away(const Rollout& rollout, const std::string& ns) {
  return std::ranges::find(rollout.removed, ns) != rollout.removed.end();
}

// The last ones, in their order. Not synchronised.
class History {
 public:
  explicit History(std::size_t most) : most_(most) {}

  void add(Rollout rollout) {
    rollouts_.push_back(std::move(rollout));
    if (rollouts_.size() > most_) forget_first();
  }
  // How its members fared, which is known later than the rest.
  void complete(uint64_t number, uint32_t moved, const std::string& remarks) {
    const auto at = std::ranges::find(rollouts_, number, &Rollout::number);
    if (at == rollouts_.end()) return;
    at->members_moved = moved;
    at->text += remarks;
  }
  // What is known of a namespace besides what runs, the manifest's words say, may change without a
  // rollout: the last one that names it has it from now on. Nothing, if it left something else.
  void amend(const Wanted& now) {
    for (std::size_t i = rollouts_.size(); i-- > 0;) {
      Rollout& one = rollouts_[i];
      if (takes_away(one, now.spec.name)) return;
      Wanted* const last = find(one.scene, now.spec.name);
      if (!last) continue;
      if (same(*last, now) && last->trial == now.trial) *last = now;
      return;
    }
  }
  [[nodiscard]] const std::deque<Rollout>& all() const noexcept { return rollouts_; }
  [[nodiscard]] uint64_t last_number() const noexcept {
    return rollouts_.empty() ? 0 : rollouts_.back().number;
  }
  // How the namespace was after that rollout; null if either is not remembered, or it was not
  // there.
  [[nodiscard]] const Wanted* state(const std::string& ns, uint64_t number) const noexcept {
    const bool known = std::ranges::find(rollouts_, number, &Rollout::number) != rollouts_.end();
    for (auto at = rollouts_.rbegin(); known && at != rollouts_.rend(); ++at) {
      if (at->number > number) continue;
      if (const Wanted* const found = find(at->scene, ns)) return found;
      if (takes_away(*at, ns)) return nullptr;
    }
    return nullptr;
  }
  // How every namespace was last, but for those that were taken away since.
  [[nodiscard]] Scene last_scene() const {
    Scene all;
    std::set<std::string> known;
    std::for_each(rollouts_.rbegin(), rollouts_.rend(), [&](const Rollout& one) {
      for (const Wanted& ns : one.scene) {
        if (known.insert(ns.spec.name).second) all.push_back(ns);
      }
      known.insert(one.removed.begin(), one.removed.end());
    });
    return all;
  }

 private:
  // What it says of namespaces that the second one did not change is that one's to say now.
  void forget_first() {
    Rollout first = std::move(rollouts_.front());
    rollouts_.pop_front();
    Rollout& next = rollouts_.front();
    for (Wanted& ns : first.scene) {
      const bool said = find(next.scene, ns.spec.name) || takes_away(next, ns.spec.name);
      if (!said) next.scene.push_back(std::move(ns));
    }
  }

  const std::size_t most_;
  std::deque<Rollout> rollouts_;
};

}  // namespace stoa::rollout
