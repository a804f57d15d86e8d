// What is to happen at a certain time on one loop.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>

namespace stoa::routing {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

// Belongs to one loop thread. An entry can be taken back by the position that add() returned.
class Deadlines {
 public:
  using Position = std::multimap<TimePoint, std::function<void()>>::iterator;

  Position add(TimePoint when, std::function<void()> what) {
    return entries_.emplace(when, std::move(what));
  }
  // REQUIRES: it has not run, and was not removed.
  void remove(Position position) { entries_.erase(position); }

  [[nodiscard]] std::optional<TimePoint> next() const {
    if (entries_.empty()) return std::nullopt;
    return entries_.begin()->first;
  }

  // Runs everything that is due at `now`, in order, also what is added meanwhile.
  void run(TimePoint now) {
    for (auto due = entries_.begin(); due != entries_.end() && due->first <= now;
         due = entries_.begin()) {
      auto what = std::move(due->second);
      entries_.erase(due);
      what();
    }
  }

 private:
  std::multimap<TimePoint, std::function<void()>> entries_;
};

}  // namespace stoa::routing
