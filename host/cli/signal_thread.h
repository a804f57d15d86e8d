// The signals that a server hears.
#pragma once

#include <chrono>
#include <csignal>
#include <functional>
#include <optional>
#include <thread>

#include "report/log.h"
#include "report/mutex.h"

namespace stoa::cli {

// SIGTERM and SIGINT drain the server, a second one stops it, SIGHUP wants the manifest to be read
// again, and SIGUSR1 the figures. They are heard on a thread of their own until the end of the
// process, which is promised: if the loops or the plugins' last events hang, and the time for them
// is over, a line says who it is, and the process exits at once with kGaveUp. Make it before
// anything starts a thread, and let it go last.
class SignalThread {
 public:
  static constexpr int kGaveUp = 3;

  // What the signals lead to, or nothing. Called on the signal thread; must not wait for a loop.
  struct Actions {
    std::function<void()> drain;
    std::function<void()> stop;
    std::function<void()> reload;
    std::function<void()> stats;
  };

  // Blocks the signals here and on all threads to come, so that plugins' threads never see them.
  SignalThread();
  ~SignalThread();
  SignalThread(const SignalThread&) = delete;
  SignalThread& operator=(const SignalThread&) = delete;

  // From now on they are heard, those that came before too. A drain may take `drain_time`.
  void start(Actions actions, std::chrono::milliseconds drain_time, report::Log& log);
  // From now on no action is called; the promise still holds.
  void forget_actions();

 private:
  using Clock = std::chrono::steady_clock;

  void run(std::chrono::milliseconds drain_time, report::Log& log);
  // The signal that came, or 0 when it is time to give up.
  [[nodiscard]] int wait() const;
  void act(std::function<void()> Actions::*action);

  sigset_t set_{};
  report::Mutex lock_;
  Actions actions_ GUARDED_BY(lock_);
  bool leaving_ GUARDED_BY(lock_) = false;
  std::optional<Clock::time_point> give_up_at_;  // the signal thread's
  std::thread thread_;
};

}  // namespace stoa::cli
