// A namespace: a name, the plugin instance that serves it, and what its members share.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "plugin/instance.h"
#include "report/mutex.h"
#include "report/sparing.h"
#include "routing/deadlines.h"
#include "routing/limits.h"
#include "routing/prepared.h"
#include "routing/store.h"
#include "stoa/host.h"

namespace stoa::routing {

class Router;

// Owned by the router and there until the end. Any thread may use it; who its members are is the
// shards' business.
class Namespace {
 public:
  Namespace(Router& router, std::string name, std::size_t index, std::size_t max_message_bytes,
            std::chrono::milliseconds ask_timeout);
  Namespace(const Namespace&) = delete;
  Namespace& operator=(const Namespace&) = delete;

  // Creates the instance. Throws report::StartupError.
  void serve_by(std::shared_ptr<const plugin::Library> library, std::string_view config_json,
                bool serialise);
  // Destroys the instance: its destroy() is called. The loops must have ended.
  void retire() { instance_.reset(); }

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] std::size_t index() const noexcept { return index_; }
  [[nodiscard]] std::size_t max_message_bytes() const noexcept { return max_message_bytes_; }
  [[nodiscard]] std::chrono::milliseconds ask_timeout() const noexcept { return ask_timeout_; }
  [[nodiscard]] Router& router() noexcept { return router_; }
  // REQUIRES: serve_by() has returned, or is running create().
  [[nodiscard]] plugin::Instance& instance() noexcept { return *instance_; }
  // The `config` table that the instance has, as JSON text. Loop thread of the home worker only.
  [[nodiscard]] const std::string& config_json() const noexcept { return config_json_; }
  void keep_config(std::string json) { config_json_ = std::move(json); }
  // A new config that the plugin thinks about. Loop thread of the home worker only.
  struct ConfigOffer {
    bool open = false;
    std::optional<std::string> next;  // what the manifest said since
  };
  [[nodiscard]] ConfigOffer& config_offer() noexcept { return config_offer_; }
  // Who speaks in its log lines: "plugin/chat".
  [[nodiscard]] const std::string& speaker() const noexcept { return speaker_; }

  // Says in the log that a call of a host function failed: as a warning, and at most once a second,
  // if the plugin did something wrong; at debug if that something is not there, or was changed by
  // somebody else, is an answer. Any thread.
  void complain(std::string_view function, int32_t result) noexcept;

  // Messages that the plugin keeps ready.
  [[nodiscard]] PreparedMessages& prepared() noexcept { return prepared_; }

  // The namespace's store, with its lock.
  template <class Use>
  auto with_store(Use use) {
    const report::MutexLock lock(store_mutex_);
    return use(store_);
  }

  // Timers that have not been stopped. The loop asks timer_live() before it fires one, so that a
  // timer stopped from any thread never begins again.
  [[nodiscard]] uint64_t add_timer();  // 0: too many
  [[nodiscard]] bool remove_timer(uint64_t timer);
  [[nodiscard]] bool timer_live(uint64_t timer);
  // When they are due. Loop thread of the home worker only.
  [[nodiscard]] std::unordered_map<uint64_t, Deadlines::Position>& timers_due() noexcept {
    return timers_due_;
  }

  // The plugin's own numbers. False: too many names.
  [[nodiscard]] bool count(std::string_view counter, uint64_t amount);
  [[nodiscard]] bool measure(std::string_view gauge, double value);
  [[nodiscard]] std::map<std::string, double, std::less<>> numbers();

 private:
  double* number(std::string_view name) REQUIRES(numbers_mutex_);

  Router& router_;
  const std::string name_;
  const std::size_t index_;
  const std::size_t max_message_bytes_;
  const std::chrono::milliseconds ask_timeout_;
  std::string speaker_;
  std::string config_json_;
  ConfigOffer config_offer_;
  report::Sparing complaints_;  // keeps the plugin's faults from flooding the log
  PreparedMessages prepared_;
  stoa_host host_;  // what the instance calls; before it, so that it outlives it
  std::unique_ptr<plugin::Instance> instance_;

  report::Mutex store_mutex_;
  Store store_ GUARDED_BY(store_mutex_){65'536};
  report::Mutex timers_mutex_;
  std::unordered_set<uint64_t> timers_ GUARDED_BY(timers_mutex_);
  uint64_t last_timer_ GUARDED_BY(timers_mutex_) = 0;
  std::unordered_map<uint64_t, Deadlines::Position> timers_due_;
  report::Mutex numbers_mutex_;
  std::map<std::string, double, std::less<>> numbers_ GUARDED_BY(numbers_mutex_);
};

}  // namespace stoa::routing
