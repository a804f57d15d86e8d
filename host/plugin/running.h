// Who runs now, on each thread: for crashes, for threads that hang, and for callbacks that are
// slow.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "plugin/description.h"
#include "stoa/plugin.h"

namespace stoa::plugin {

class Instance;

// What one after the other runs at some place, written there and read by any thread.
class CallMark {
 public:
  struct Call {
    uint64_t number;  // tells it from all others of this mark
    uint32_t kind;    // of its event; 0 for create() and destroy()
    uint32_t index;   // of a message, in the descriptor's `events`
  };

  void begin(uint32_t kind, uint32_t index) noexcept {
    // In this order: who reads a later call's event sees that the earlier call has ended.
    event_.store(uint64_t{kind} << 32 | index, std::memory_order_release);
    count_.store(count_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }
  void end() noexcept {
    count_.store(count_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }
  // Empty if nothing runs, or ends at this moment.
  [[nodiscard]] std::optional<Call> look() const noexcept {
    const uint64_t count = count_.load(std::memory_order_acquire);
    const uint64_t event = event_.load(std::memory_order_acquire);
    if (count % 2 == 0 || count_.load(std::memory_order_relaxed) != count) return std::nullopt;
    return Call{count, static_cast<uint32_t>(event >> 32), static_cast<uint32_t>(event)};
  }

 private:
  std::atomic<uint64_t> count_ = 0;  // odd while a call runs
  std::atomic<uint64_t> event_ = 0;  // kind and index
};

// While it lives, the calling thread runs code of `instance`: with `event`, or, if that is null,
// its create() or destroy(). Costs a few stores to thread-local memory. Does not nest: handle()
// never leads to another handle().
class RunningNow {
 public:
  RunningNow(const Instance& instance, const stoa_event* event) noexcept;
  ~RunningNow();
  RunningNow(const RunningNow&) = delete;
  RunningNow& operator=(const RunningNow&) = delete;
};

// What the calling thread runs; the instance is null if that is nothing. For signal handlers.
struct RunningHere {
  const Instance* instance = nullptr;
  const stoa_event* event = nullptr;  // null for create() and destroy()
};
[[nodiscard]] RunningHere running_here() noexcept;

// From now on each thread that runs a plugin is known to each_running(), and `prepare` is called on
// it before its first call. Called once, before there are such threads.
void know_who_runs(void (*prepare)());

// A call that runs now.
struct RunningCall {
  const Instance& instance;
  CallMark::Call call;
  uint64_t thread;          // the system's number of it
  std::string_view worker;  // its name
};

// Visits all calls that run at this moment. Until it returns no instance is destroyed and no thread
// that ran a plugin ends, so `visit` must be quick. Any thread.
void each_running(const std::function<void(const RunningCall&)>& visit);

// Waits until nobody looks: then an instance of which nothing runs can be destroyed.
void wait_for_onlookers() noexcept;

// "room join", "message"; "event" for a kind that this does not know. Fit for signal handlers.
[[nodiscard]] std::string_view kind_name(uint32_t kind) noexcept;
// "event message \"hello\"", "create() or destroy()".
[[nodiscard]] std::string in_words(const Description& plugin, const CallMark::Call& call);

}  // namespace stoa::plugin
