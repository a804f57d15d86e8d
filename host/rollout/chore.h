// Code that may never come back.
#pragma once

#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <thread>
#include <utility>

#include "report/mutex.h"

namespace stoa::rollout {

// Work on a thread of its own. Whoever does not wait for its end leaves it alone: it runs on, with
// all that it holds.
class Chore {
 public:
  using Clock = std::chrono::steady_clock;

  // Throws std::system_error if there is no thread to be had.
  explicit Chore(std::function<void()> work) : run_(std::make_shared<Run>()) {
    thread_ = std::thread([run = run_, work = std::move(work)]() mutable {
      std::exception_ptr thrown;
      try {
        work();
      } catch (...) {
        thrown = std::current_exception();
      }
      work = nullptr;  // lets go of what it holds before anybody hears of it
      const report::MutexLock lock(run->mutex);
      run->done = true;
      run->thrown = thrown;
      run->changed.notify_all();
    });
  }
  ~Chore() {
    if (thread_.joinable()) thread_.detach();
  }
  Chore(Chore&&) noexcept = default;
  Chore& operator=(Chore&&) = delete;

  // True once it has returned, and its thread is gone; what it throws is thrown here, once. False
  // at `deadline`, or soon after `given_up`.
  bool wait_until(Clock::time_point deadline, const std::atomic<bool>* given_up = nullptr) {
    if (!is_done_by(deadline, given_up)) return false;
    if (thread_.joinable()) thread_.join();
    const report::MutexLock lock(run_->mutex);
    if (run_->thrown) std::rethrow_exception(std::exchange(run_->thrown, nullptr));
    return true;
  }

 private:
  struct Run {
    report::Mutex mutex;
    report::CondVar changed;
    bool done GUARDED_BY(mutex) = false;
    std::exception_ptr thrown GUARDED_BY(mutex);
  };

  bool is_done_by(Clock::time_point deadline, const std::atomic<bool>* given_up) {
    constexpr std::chrono::milliseconds kLook{50};
    const report::MutexLock lock(run_->mutex);
    while (!run_->done && Clock::now() < deadline && !(given_up && *given_up)) {
      run_->changed.wait_for(run_->mutex, kLook,
                             [this]() REQUIRES(run_->mutex) { return run_->done; });
    }
    return run_->done;
  }

  std::shared_ptr<Run> run_;
  std::thread thread_;
};

// Runs `work` as a chore and waits for it, at most `patience`.
inline bool within(std::chrono::milliseconds patience, std::function<void()> work,
                   const std::atomic<bool>* given_up = nullptr) {
  return Chore(std::move(work)).wait_until(Chore::Clock::now() + patience, given_up);
}

}  // namespace stoa::rollout
