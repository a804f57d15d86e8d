// Looks for callbacks of plugins that take too long.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "plugin/running.h"
#include "report/mutex.h"
#include "routing/deadlines.h"
#include "routing/version.h"

namespace stoa::routing {

class Router;

// A thread of its own looks, four times within the time that a callback may take, at what runs on
// all threads and in all plugins' processes. What ends between two looks costs its thread nothing
// but a few stores, and is not seen.
//
// One that takes longer than Limits::slow_callback is told of in the log, once for each version and
// ten seconds, and counted. One on a thread of its own that takes Limits::stuck_callback makes its
// version fail: others may take its place. (A process that hangs is ended by its lane.)
class Watchdog {
 public:
  explicit Watchdog(Router& router);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  // A callback that runs.
  struct Callback {
    std::shared_ptr<Version> version;
    plugin::CallMark::Call call{};
    std::string where;  // "loop/0", "ns/chat", or "process 4711"
    TimePoint since;    // when it was first seen
    bool slow = false;  // longer than it may take

    // "event message \"hello\""
    [[nodiscard]] std::string event() const;
  };
  // Those that the last look saw. Any thread.
  [[nodiscard]] std::vector<Callback> running();

 private:
  // Where calls come one after the other: a thread by its number, or a version's process.
  struct Place {
    bool process = false;
    uint64_t number = 0;
    auto operator<=>(const Place&) const = default;
  };

  void watch();
  void look();
  [[nodiscard]] std::map<Place, Callback> sight();
  void judge(Callback& callback, TimePoint now);
  void tell(const Callback& callback, std::chrono::milliseconds age);

  Router& router_;
  report::Mutex mutex_;
  report::CondVar changed_;
  bool ending_ GUARDED_BY(mutex_) = false;
  std::map<Place, Callback> seen_ GUARDED_BY(mutex_);
  std::thread thread_;  // last: it uses the others
};

}  // namespace stoa::routing
