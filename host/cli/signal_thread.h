// The signals that a server hears.
#pragma once

#include <chrono>
#include <csignal>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

#include "report/log.h"
#include "report/mutex.h"

namespace stoa::cli {

// SIGTERM and SIGINT drain the server, a second one stops it, SIGHUP wants the manifest to be read
// again, and SIGUSR1 the figures. They are heard on a thread of their own from before the plugins
// start until the end of the process, which is promised: if a plugin's start, the loops or the
// plugins' last events hang, and the time for them is over, a line says who it is, and the process
// exits at once with kGaveUp. Make it before anything starts a thread, and let it go last.
class SignalThread {
 public:
  static constexpr int kGaveUp = 3;

  // What the signals lead to. Called on the signal thread, but for signals that came earlier; must
  // not wait for a loop.
  struct Actions {
    std::function<void()> drain;
    std::function<void()> stop;
    std::function<void()> reload;
    std::function<void()> stats;
  };

  // Blocks the signals here and on all threads to come, so that plugins' threads never see them. A
  // drain may take `drain_time`.
  // REQUIRES: plugin::name_culprit_on_crash() was called.
  SignalThread(std::chrono::milliseconds drain_time, report::Log& log);
  ~SignalThread();
  SignalThread(const SignalThread&) = delete;
  SignalThread& operator=(const SignalThread&) = delete;

  // From now on the signals lead to these, and so do those that came before.
  void lead_to(Actions actions);
  // From now on no action is called; the promise still holds.
  void forget_actions();

 private:
  using Clock = std::chrono::steady_clock;
  using Action = std::function<void()> Actions::*;

  void run();
  // The signal that came, or 0 when it is time to give up.
  [[nodiscard]] int wait() const;
  void act(Action action);

  const std::chrono::milliseconds drain_time_;
  report::Log& log_;
  sigset_t set_{};
  report::Mutex lock_;
  Actions actions_ GUARDED_BY(lock_);
  bool started_ GUARDED_BY(lock_) = false;       // actions_ were set
  std::vector<Action> early_ GUARDED_BY(lock_);  // wanted before
  bool leaving_ GUARDED_BY(lock_) = false;
  std::optional<Clock::time_point> give_up_at_;  // the signal thread's
  std::thread thread_;
};

}  // namespace stoa::cli
