// What the calls of a plugin's version came to.
#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <cstdint>
#include <numeric>

#include "routing/counters.h"

namespace stoa::routing {

// How long calls took, in buckets: of 1 us up to 8 us, then four for each doubling. The last one
// has all that took a minute or more.
class Durations {
 public:
  static constexpr std::size_t kBuckets = 100;

  void add(std::chrono::nanoseconds took) noexcept { buckets_[bucket(took)].add(); }
  [[nodiscard]] uint64_t count(std::size_t bucket) const noexcept {
    return buckets_[bucket].value();
  }

  [[nodiscard]] static std::size_t bucket(std::chrono::nanoseconds took) noexcept {
    const auto us = static_cast<uint64_t>(took.count() < 0 ? 0 : took.count()) / 1000;
    if (us < 4) return static_cast<std::size_t>(us);
    const auto doublings = static_cast<std::size_t>(std::bit_width(us)) - 1;  // 2 and more
    const std::size_t quarter = static_cast<std::size_t>(us >> (doublings - 2)) & 3;
    const std::size_t at = 4 * (doublings - 1) + quarter;
    return at < kBuckets ? at : kBuckets - 1;
  }
  // The first microsecond that is beyond the bucket.
  [[nodiscard]] static uint64_t bound_us(std::size_t bucket) noexcept {
    if (bucket < 4) return bucket + 1;
    const std::size_t doublings = bucket / 4 + 1;
    return (uint64_t{4} + bucket % 4 + 1) << (doublings - 2);
  }

 private:
  std::array<Counter, kBuckets> buckets_;
};

// One shard's. Written by its loop thread, read by any.
struct alignas(64) CallStats {
  Counter calls;     // events that the plugin handled: messages, timers, what happens to members
  Counter messages;  // of these, messages and native frames of clients
  Counter errors;    // messages that ended with an error of the plugin, or with no answer in time
  Counter decides;   // connects and joins that it decided
  Counter denials;   // of these, those that it denied
  Durations durations;
};

// The same of all shards together, at one moment.
struct CallSums {
  uint64_t calls = 0;
  uint64_t messages = 0;
  uint64_t errors = 0;
  uint64_t decides = 0;
  uint64_t denials = 0;
  std::array<uint64_t, Durations::kBuckets> durations{};

  // What came after `earlier`.
  [[nodiscard]] CallSums since(const CallSums& earlier) const noexcept {
    CallSums later = *this;
    later.calls -= earlier.calls;
    later.messages -= earlier.messages;
    later.errors -= earlier.errors;
    later.decides -= earlier.decides;
    later.denials -= earlier.denials;
    for (std::size_t i = 0; i < durations.size(); ++i) later.durations[i] -= earlier.durations[i];
    return later;
  }
  // How many of the calls were timed.
  [[nodiscard]] uint64_t timed() const noexcept {
    return std::accumulate(durations.begin(), durations.end(), uint64_t{0});
  }
  // The bound below which 99 of 100 timed calls stayed, in microseconds; 0 if none was timed.
  [[nodiscard]] uint64_t p99_us() const noexcept {
    const uint64_t all = timed();
    uint64_t beyond = 0;
    for (std::size_t i = durations.size(); i-- > 0;) {
      beyond += durations[i];
      if (beyond * 100 > all) return Durations::bound_us(i);
    }
    return 0;
  }
};

}  // namespace stoa::routing
