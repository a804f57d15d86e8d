// What the calls of a plugin's version came to.
#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <cstdint>
#include <numeric>

#include "routing/counters.h"
#include "stoa/plugin.h"

namespace stoa::routing {

// How long calls took, in buckets: of 1 us up to 8 us, then four for each doubling. The last one
// has all that took a minute or more.
class Durations {
 public:
  static constexpr std::size_t kBuckets = 100;
  using Counts = std::array<uint64_t, kBuckets>;

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

  void add_to(Counts& counts) const noexcept {
    for (std::size_t i = 0; i < kBuckets; ++i) counts[i] += count(i);
  }
  [[nodiscard]] static uint64_t sum(const Counts& counts) noexcept {
    return std::accumulate(counts.begin(), counts.end(), uint64_t{0});
  }
  // The bound below which 99 of 100 stayed; 0 if there are none.
  [[nodiscard]] static uint64_t p99_us(const Counts& counts) noexcept {
    const uint64_t all = sum(counts);
    uint64_t beyond = 0;
    for (std::size_t i = kBuckets; i-- > 0;) {
      beyond += counts[i];
      if (beyond * 100 > all) return bound_us(i);
    }
    return 0;
  }

 private:
  std::array<Counter, kBuckets> buckets_;
};

// One thread's, which writes; any reads.
struct alignas(64) CallStats {
  Counter calls;     // events that the plugin handled: messages, timers, what happens to members
  Counter messages;  // of these, messages and native frames of clients
  Counter errors;    // messages that ended with an error of the plugin, or with no answer in time
  Counter decides;   // connects and joins that it decided
  Counter denials;   // of these, those that it denied
  Counter dropped;   // messages that found its queue full, and went
  Counter refused;   // the same, of which their senders were told
  Counter pushed_back;  // how often a connection was not read any more because its queue was full
  Durations durations;
  Durations waits;  // how long events waited in its queue

  // How a question of this kind of event ended.
  void count(uint32_t kind, bool failed) noexcept {
    if (kind == STOA_EVENT_MESSAGE || kind == STOA_EVENT_NATIVE) {
      if (failed) errors.add();
    } else if (kind == STOA_EVENT_CONNECT || kind == STOA_EVENT_ROOM_JOIN) {
      decides.add();
      if (failed) denials.add();
    }
  }
};

// The same of all threads together, at one moment.
struct CallSums {
  uint64_t calls = 0;
  uint64_t messages = 0;
  uint64_t errors = 0;
  uint64_t decides = 0;
  uint64_t denials = 0;
  uint64_t dropped = 0;
  uint64_t refused = 0;
  uint64_t pushed_back = 0;
  Durations::Counts durations{};
  Durations::Counts waits{};

  // What came after `earlier`.
  [[nodiscard]] CallSums since(const CallSums& earlier) const noexcept {
    CallSums later = *this;
    later.calls -= earlier.calls;
    later.messages -= earlier.messages;
    later.errors -= earlier.errors;
    later.decides -= earlier.decides;
    later.denials -= earlier.denials;
    later.dropped -= earlier.dropped;
    later.refused -= earlier.refused;
    later.pushed_back -= earlier.pushed_back;
    for (std::size_t i = 0; i < durations.size(); ++i) {
      later.durations[i] -= earlier.durations[i];
      later.waits[i] -= earlier.waits[i];
    }
    return later;
  }
  // How many of the calls were timed.
  [[nodiscard]] uint64_t timed() const noexcept { return Durations::sum(durations); }
  // The bound below which 99 of 100 timed calls stayed, in microseconds; 0 if none was timed.
  [[nodiscard]] uint64_t p99_us() const noexcept { return Durations::p99_us(durations); }
  // The same of the time that events waited.
  [[nodiscard]] uint64_t wait_p99_us() const noexcept { return Durations::p99_us(waits); }
};

}  // namespace stoa::routing
