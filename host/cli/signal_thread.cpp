#include "cli/signal_thread.h"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <string_view>
#include <utility>

#include "plugin/crash.h"

namespace stoa::cli {
namespace {

using std::chrono::milliseconds;

// How much longer than it should a drain may take: plugins have their last events, and destroy().
constexpr milliseconds kSlack(8'000);
// The same when the second signal came.
constexpr milliseconds kNow(1'000);

[[noreturn]] void give_up(std::string_view line) {
  plugin::name_who_hangs();
  const auto written = write(STDERR_FILENO, line.data(), line.size());
  static_cast<void>(written);
  _exit(SignalThread::kGaveUp);
}

}  // namespace

SignalThread::SignalThread(milliseconds drain_time, report::Log& log)
    : drain_time_(drain_time), log_(log) {
  sigemptyset(&set_);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2}) sigaddset(&set_, signal);
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  thread_ = std::thread([this] { run(); });
}

SignalThread::~SignalThread() {
  {
    const report::MutexLock lock(lock_);
    leaving_ = true;
  }
  pthread_kill(thread_.native_handle(), SIGUSR2);
  thread_.join();
}

void SignalThread::lead_to(Actions actions) {
  const report::MutexLock lock(lock_);
  actions_ = std::move(actions);
  started_ = true;
  for (const Action action : std::exchange(early_, {})) (actions_.*action)();
}

void SignalThread::forget_actions() {
  const report::MutexLock lock(lock_);
  actions_ = {};
}

void SignalThread::run() {
  for (int stops = 0;;) {
    const int signal = wait();
    if (signal == SIGUSR1) {
      act(&Actions::stats);
    } else if (signal == SIGHUP) {
      act(&Actions::reload);
    } else if (signal == SIGUSR2) {
      const report::MutexLock lock(lock_);
      if (leaving_) return;
    } else if (signal == 0) {
      give_up("stoa: gave up waiting for the end: its time is over\n");
    } else if (++stops > 2) {
      give_up("stoa: gave up waiting for the end: a third signal came\n");
    } else {
      log_.info("serve", stops == 1 ? "draining" : "stopping now");
      give_up_at_ = Clock::now() + (stops == 1 ? drain_time_ + kSlack : kNow);
      act(stops == 1 ? &Actions::drain : &Actions::stop);
    }
  }
}

int SignalThread::wait() const {
  for (;;) {
    int signal = 0;
    if (!give_up_at_) {
      if (sigwait(&set_, &signal) == 0) return signal;
      continue;
    }
    const auto left = std::max(*give_up_at_ - Clock::now(), Clock::duration::zero());
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    const std::chrono::nanoseconds rest = left - seconds;
    const timespec timeout{static_cast<std::time_t>(seconds.count()), rest.count()};
    signal = sigtimedwait(&set_, nullptr, &timeout);
    if (signal > 0) return signal;
    if (errno == EAGAIN) return 0;
  }
}

void SignalThread::act(Action action) {
  const report::MutexLock lock(lock_);
  if (started_) {
    if (actions_.*action) (actions_.*action)();
  } else if (std::find(early_.begin(), early_.end(), action) == early_.end()) {
    early_.push_back(action);  // each is wanted but once
  }
}

}  // namespace stoa::cli
