// What the host counts.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace stoa::routing {

// A number that one loop thread counts up and any thread reads.
class Counter {
 public:
  void add(uint64_t amount = 1) noexcept {
    // One writer: a plain load and store, no locked instruction on the hot path.
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  [[nodiscard]] uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_ = 0;
};

// One worker's.
struct Counters {
  Counter connections_opened;
  Counter connections_closed;
  Counter connections_refused;
  Counter messages_in;        // frames from clients, acknowledgements included
  Counter frames_out;         // frames queued for clients: deliveries
  Counter dropped_invalid;    // frames that are no message where native ones are not handled
  Counter dropped_unhandled;  // emits that nobody handles
  Counter dropped_late;       // answers that nobody waits for any more
  Counter dropped_gone;       // messages for a connection or member that is gone
  Counter slow_consumers;     // closed because they did not read
  Counter questions_refused;  // of clients: too many waited for plugins' answers

  template <class Visit>
  void each(Visit visit) const {
    visit("connections_opened", connections_opened);
    visit("connections_closed", connections_closed);
    visit("connections_refused", connections_refused);
    visit("messages_in", messages_in);
    visit("frames_out", frames_out);
    visit("dropped_invalid", dropped_invalid);
    visit("dropped_unhandled", dropped_unhandled);
    visit("dropped_late", dropped_late);
    visit("dropped_gone", dropped_gone);
    visit("slow_consumers", slow_consumers);
    visit("questions_refused", questions_refused);
  }
};

}  // namespace stoa::routing
