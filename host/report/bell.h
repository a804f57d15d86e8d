// Something happened somewhere: look again.
#pragma once

#include <chrono>
#include <cstdint>

#include "report/mutex.h"

namespace stoa::report {

// Any thread rings it; whoever waits for something looks each time whether it has come about.
class Bell {
 public:
  using Clock = std::chrono::steady_clock;

  void ring() noexcept {
    const MutexLock lock(mutex_);
    ++rung_;
    heard_.notify_all();
  }

  // Until `done()`, which is asked without a lock, or `deadline`: what it said last.
  template <class Done>
  bool wait_until(Clock::time_point deadline, Done done) {
    for (;;) {
      const uint64_t before = rung();
      if (done()) return true;
      const MutexLock lock(mutex_);
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
      if (left.count() <= 0) return false;
      heard_.wait_for(mutex_, left, [&]() REQUIRES(mutex_) { return rung_ != before; });
    }
  }

 private:
  uint64_t rung() noexcept {
    const MutexLock lock(mutex_);
    return rung_;
  }

  Mutex mutex_;
  CondVar heard_;
  uint64_t rung_ GUARDED_BY(mutex_) = 0;
};

}  // namespace stoa::report
