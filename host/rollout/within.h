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

// Runs `work` on a thread of its own and waits for it. True once it has returned; what it throws is
// thrown here. False after `patience`, or soon after `given_up`: it runs on, with all that it
// holds, and nobody waits for it.
inline bool within(std::chrono::milliseconds patience, std::function<void()> work,
                   const std::atomic<bool>* given_up = nullptr) {
  struct Run {
    report::Mutex mutex;
    report::CondVar changed;
    bool done GUARDED_BY(mutex) = false;
    std::exception_ptr thrown GUARDED_BY(mutex);
  };
  const auto run = std::make_shared<Run>();
  std::thread([run, work = std::move(work)]() mutable {
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
  }).detach();
  const auto deadline = std::chrono::steady_clock::now() + patience;
  constexpr std::chrono::milliseconds kLook{50};
  const auto is_done = [&]() REQUIRES(run->mutex) { return run->done; };
  const report::MutexLock lock(run->mutex);
  bool done = false;
  while (!done && std::chrono::steady_clock::now() < deadline && !(given_up && *given_up)) {
    done = run->changed.wait_for(run->mutex, kLook, is_done);
  }
  if (done && run->thrown) std::rethrow_exception(run->thrown);
  return done;
}

}  // namespace stoa::rollout
