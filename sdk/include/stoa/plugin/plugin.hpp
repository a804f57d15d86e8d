// What every plugin is.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "../plugin.h"
#include "audience.hpp"
#include "config.hpp"
#include "log.hpp"
#include "store.hpp"
#include "timer.hpp"

namespace stoa {

class Plugin;

namespace detail {
int32_t run(const class Table& table, Plugin& plugin, Call& call);
Link& link_of(Plugin& plugin);
}  // namespace detail

// What the host gives to a new instance: the argument of the constructor, to be passed on to
// Plugin.
class Setup {
 public:
  Setup(const stoa_host* host, const stoa_plugin_config& raw)
      : host_(host), ns_(detail::view(raw.ns)), json_(detail::view(raw.json)) {}

 private:
  friend class Plugin;
  const stoa_host* host_;
  std::string_view ns_;
  std::string_view json_;
};

// One instance, which serves one namespace. Two instances, of one library or of two versions of it,
// may run at the same time: keep what is to be remembered in members, or in store(), never in
// statics.
//
// The constructor runs before the server listens, or, of a version that is to serve beside another
// one, while it does, and in a child process that tries it out; an exception there, best a
// ConfigError, keeps the server from starting, or that version out, and is shown to the operator.
// When the destructor runs, no handler runs or comes any more; it stops the plugin's own threads.
//
// Every function of this class may be called from any thread of the plugin.
class Plugin {
 public:
  explicit Plugin(const Setup& setup) : link_(setup.host_), ns_(setup.ns_), config_(setup.json_) {}
  Plugin(const Plugin&) = delete;
  Plugin& operator=(const Plugin&) = delete;

  // The namespace that it serves.
  [[nodiscard]] const std::string& ns() const { return ns_; }

  // Its table in the manifest, empty if there is none.
  [[nodiscard]] Config config() const {
    const std::lock_guard lock(config_mutex_);
    return config_;
  }

  // To whom one can send: all members of the namespace, or those of a room.
  [[nodiscard]] Group everyone() { return Group(link_); }
  [[nodiscard]] Group room(std::string_view name) { return {link_, name}; }

  // The namespace's store. A connection has its own: member.store().
  [[nodiscard]] Store store() { return {link_, 0}; }

  // Calls `function` once, after `delay` (0 to 31 days), where the instance's events run.
  Timer after(std::chrono::milliseconds delay, std::function<void()> function) {
    return start_timer(detail::Callbacks::Life::kOnce, delay, {}, std::move(function));
  }

  // Calls `function` again and again, first after one `period` (1 ms to 31 days).
  Timer every(std::chrono::milliseconds period, std::function<void()> function) {
    if (period.count() < 1) return {};  // the host would take it for a timer that fires once
    return start_timer(detail::Callbacks::Life::kUntilForgotten, period, period,
                       std::move(function));
  }

  // Calls `function` soon, where the instance's events run: the way from a thread of the plugin to
  // what its handlers guard by running one after the other. kLimit: too much is posted already.
  Status post(std::function<void()> function) {
    return link_.call_back(
        detail::Callbacks::Life::kOnce, without_event(std::move(function)),
        [this](uint64_t cookie) { return link_.call(&stoa_host::post, cookie); });
  }

  [[nodiscard]] Log log() { return Log(link_); }

  // Numbers that operators see, under the namespace's name: a counter only grows, a gauge is set.
  // Names are [a-zA-Z_][a-zA-Z0-9_]*, at most 64 bytes and 100 names per instance.
  Status count(std::string_view name, uint64_t amount = 1) {
    return link_.call(&stoa_host::counter_add, detail::bytes(name), amount);
  }
  Status gauge(std::string_view name, double value) {
    return link_.call(&stoa_host::gauge_set, detail::bytes(name), value);
  }

  // The time of day, and a time that only goes forward, since an unnamed start.
  [[nodiscard]] std::chrono::system_clock::time_point wall_time() const {
    using std::chrono::system_clock;
    const std::chrono::nanoseconds since_1970(link_.host()->wall_ns(link_.host()));
    return system_clock::time_point(std::chrono::duration_cast<system_clock::duration>(since_1970));
  }
  [[nodiscard]] std::chrono::nanoseconds monotonic_time() const {
    return std::chrono::nanoseconds(link_.host()->monotonic_ns(link_.host()));
  }

  // The host's own table, for functions that this layer does not have, and an optional one by its
  // id: NULL if the host has none. Both are valid as long as the plugin.
  [[nodiscard]] const stoa_host* host() const { return link_.host(); }
  template <class Table>
  [[nodiscard]] const Table* extension(const char* id) const {
    return static_cast<const Table*>(link_.host()->extension(link_.host(), id));
  }

 protected:
  ~Plugin() = default;

 private:
  friend int32_t detail::run(const detail::Table&, Plugin&, detail::Call&);
  friend detail::Link& detail::link_of(Plugin&);

  static detail::Callbacks::Function without_event(std::function<void()> function) {
    return [function = std::move(function)](const stoa_event&) { function(); };
  }

  Timer start_timer(detail::Callbacks::Life life, std::chrono::milliseconds delay,
                    std::chrono::milliseconds period, std::function<void()> function) {
    stoa_timer number = 0;
    uint64_t kept = 0;
    (void)link_.call_back(life, without_event(std::move(function)), [&](uint64_t cookie) {
      kept = cookie;
      return link_.call(&stoa_host::timer_start, static_cast<uint64_t>(delay.count()),
                        static_cast<uint64_t>(period.count()), cookie, &number);
    });
    return {link_, number, kept};
  }

  void reconfigure(std::string_view json) {
    Config changed(json);
    const std::lock_guard lock(config_mutex_);
    config_ = std::move(changed);
  }

  detail::Link link_;
  const std::string ns_;
  mutable std::mutex config_mutex_;
  Config config_;
};

namespace detail {

inline Link& link_of(Plugin& plugin) {
  return plugin.link_;
}

}  // namespace detail

}  // namespace stoa
