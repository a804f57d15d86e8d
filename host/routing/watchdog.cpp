#include "routing/watchdog.h"

#include <pthread.h>

#include <algorithm>
#include <span>
#include <utility>

#include "plugin/instance.h"
#include "routing/lane.h"
#include "routing/router.h"

namespace stoa::routing {
namespace {

using std::chrono::milliseconds;

std::string_view trouble_of(const Version& version) {
  return version.run() == manifest::Run::kLoop
             ? "a callback takes long, and holds up everybody on its loop"
             : "a callback takes long";
}

}  // namespace

std::string Watchdog::Callback::event() const {
  return plugin::in_words(version->library().description(), call);
}

Watchdog::Watchdog(Router& router) : router_(router), thread_([this] { watch(); }) {}

Watchdog::~Watchdog() {
  {
    const report::MutexLock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

std::vector<Watchdog::Callback> Watchdog::running() {
  std::vector<Callback> all;
  const report::MutexLock lock(mutex_);
  all.reserve(seen_.size());
  for (const auto& [place, callback] : seen_) all.push_back(callback);
  return all;
}

void Watchdog::watch() {
  ::pthread_setname_np(::pthread_self(), "watchdog");
  const Limits& limits = router_.limits();
  const milliseconds pause = std::min(limits.slow_callback, limits.stuck_callback) / 4;
  for (;;) {
    {
      const report::MutexLock lock(mutex_);
      const auto is_over = [this]() REQUIRES(mutex_) { return ending_; };
      if (changed_.wait_for(mutex_, pause, is_over)) return;
    }
    look();
  }
}

void Watchdog::look() {
  const TimePoint now = Clock::now();
  std::map<Place, Callback> sighted = sight();
  std::map<Place, Callback> before;
  {
    const report::MutexLock lock(mutex_);
    before = seen_;  // which stand, for those who ask meanwhile
  }
  for (auto& [place, callback] : sighted) {
    const auto known = before.find(place);
    const bool goes_on = known != before.end() &&
                         known->second.call.number == callback.call.number &&
                         known->second.version == callback.version;
    callback.since = goes_on ? known->second.since : now;
    callback.slow = goes_on && known->second.slow;
    judge(callback, now);
  }
  const report::MutexLock lock(mutex_);
  seen_.swap(sighted);
}

// What runs now, of versions that have begun. Mostly nothing does, which must cost next to nothing.
std::map<Watchdog::Place, Watchdog::Callback> Watchdog::sight() {
  const std::vector<std::shared_ptr<Version>> versions = router_.versions();
  std::map<Place, Callback> found;
  for (const auto& version : versions) {
    const auto call = version->guest_call();
    if (!call) continue;
    found[{true, version->number()}] = {
        version, *call, "process " + std::to_string(version->pid()), {}, false};
  }
  plugin::each_running([&](const plugin::RunningCall& one) {
    const auto of = std::ranges::find(versions, one.instance.number(), &Version::number);
    if (of == versions.end() || one.call.kind == 0) return;
    found[{false, one.thread}] = {*of, one.call, std::string(one.worker), {}, false};
  });
  return found;
}

void Watchdog::judge(Callback& callback, TimePoint now) {
  Version& version = *callback.version;
  const auto age = std::chrono::duration_cast<milliseconds>(now - callback.since);
  if (age >= router_.limits().slow_callback) {
    if (!std::exchange(callback.slow, true)) version.count_slow_callback();
    tell(callback, age);
  }
  const bool left_behind = version.failed() || version.run() != manifest::Run::kThread;
  if (left_behind || age < router_.limits().stuck_callback) return;
  const std::string why =
      callback.event() + " did not return for " + std::to_string(age.count()) + " ms";
  const report::Field fields[] = {{"namespace", version.ns().name()},
                                  {"version", version.name()},
                                  {"thread", callback.where},
                                  {"reason", why}};
  router_.log().error(version.speaker(), "a plugin's thread is stuck, and is left behind",
                      std::span(fields));
  version.fail(why);
}

void Watchdog::tell(const Callback& callback, milliseconds age) {
  Version& version = *callback.version;
  const auto kept_back = version.slow_warnings().pass();
  if (!kept_back) return;
  const std::string event = callback.event();
  const std::string took = std::to_string(age.count());
  const std::string since = std::to_string(*kept_back);
  const report::Field fields[] = {{"namespace", version.ns().name()},
                                  {"version", version.name()},
                                  {"event", event},
                                  {"where", callback.where},
                                  {"ms", took},
                                  {"kept_back", since}};
  router_.log().warn(version.speaker(), trouble_of(version), std::span(fields));
}

}  // namespace stoa::routing
