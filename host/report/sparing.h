// For log lines that something else could repeat without end.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

namespace stoa::report {

// Lets one line pass in each period. Any thread.
class Sparing {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Sparing(std::chrono::seconds period = std::chrono::seconds(1)) : period_(period) {}

  // How many were kept back since the last that passed; empty: keep this one back too.
  std::optional<uint64_t> pass(Clock::time_point now = Clock::now()) noexcept {
    Clock::rep due = due_.load(std::memory_order_relaxed);
    const Clock::rep at = now.time_since_epoch().count();
    const Clock::rep next = (now + period_).time_since_epoch().count();
    if (at < due || !due_.compare_exchange_strong(due, next, std::memory_order_relaxed)) {
      kept_back_.fetch_add(1, std::memory_order_relaxed);
      return std::nullopt;
    }
    return kept_back_.exchange(0, std::memory_order_relaxed);
  }

 private:
  const std::chrono::seconds period_;
  std::atomic<Clock::rep> due_ = Clock::time_point::min().time_since_epoch().count();
  std::atomic<uint64_t> kept_back_ = 0;
};

}  // namespace stoa::report
