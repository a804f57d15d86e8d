// The whole of the routing room: the namespaces, and a shard for each worker.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "report/bell.h"
#include "report/log.h"
#include "report/mutex.h"
#include "routing/flow.h"
#include "routing/limits.h"
#include "routing/namespace.h"
#include "routing/shard.h"

namespace stoa::routing {

// Owned by whoever serves. Made before the loops start and destroyed after they ended. This is what
// plugins' calls reach, from any thread. Namespaces may be added at any time, and stay.
class Router {
 public:
  Router(const Limits& limits, uint8_t workers, report::Log& log);
  ~Router();
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  // Destroys all instances, but for those whose threads are stuck. REQUIRES: the loops have ended.
  void retire();
  // Is there a thread stuck in a plugin, which may come back and use all this? Then it must stay
  // until the process ends.
  [[nodiscard]] bool is_left_to_somebody();

  // The namespace of this name, if newcomers may come in.
  [[nodiscard]] Namespace* find(std::string_view name) noexcept;
  // That of the namespace of this name, if there ever was one; else the connection's own.
  [[nodiscard]] Flow flow(std::string_view name) const noexcept;
  // All that there ever were, in the order in which they came.
  [[nodiscard]] std::span<const std::unique_ptr<Namespace>> namespaces() const noexcept {
    return {namespaces_.data(), namespace_count_.load(std::memory_order_acquire)};
  }
  // The namespace of this name, made if there was none; null if there have been too many. It serves
  // nobody until it gets a split. One thread at a time.
  [[nodiscard]] Namespace* add(const std::string& name);

  [[nodiscard]] const std::vector<std::unique_ptr<Shard>>& shards() const noexcept {
    return shards_;
  }
  [[nodiscard]] Shard& shard(std::size_t index) noexcept { return *shards_[index]; }
  // Where events that belong to no connection (timers, posted work) run for this namespace.
  [[nodiscard]] Shard& home(const Namespace& ns) noexcept {
    return *shards_[ns.index() % shards_.size()];
  }

  // It has begun. Those that have, and are not gone. Any thread.
  void enlist(const std::shared_ptr<Version>& version);
  [[nodiscard]] std::vector<std::shared_ptr<Version>> versions();

  // Does it serve only the namespace "", by a plugin that handles native frames only? Then nobody
  // acknowledges. It stays so: call this before the loops start.
  void serve_native_only() noexcept { native_only_ = true; }
  [[nodiscard]] bool native_only() const noexcept { return native_only_; }
  // The largest message that any namespace takes.
  [[nodiscard]] std::size_t max_message_bytes() const noexcept {
    return max_message_bytes_.load(std::memory_order_relaxed);
  }
  // A namespace has another limit now.
  void limits_changed() noexcept;
  [[nodiscard]] const Limits& limits() const noexcept { return limits_; }
  [[nodiscard]] Weights& weights() noexcept { return weights_; }
  [[nodiscard]] report::Log& log() noexcept { return log_; }

  // Rings when a version has lost its last member or errand, or a departure is over.
  [[nodiscard]] report::Bell& bell() noexcept { return bell_; }

  // --- Calls of plugins. Any thread. Results are STOA_OK or an error of stoa/base.h -------------

  [[nodiscard]] int32_t emit(const Audience& audience, const wire::Frame& frame);
  [[nodiscard]] int32_t ask(Version& asker, const stoa_target& target, const stoa_message& message,
                            uint32_t mode, std::chrono::milliseconds timeout, uint64_t cookie);
  [[nodiscard]] int32_t connect(Version& asker, uint64_t connection, Namespace& ns,
                                uint64_t cookie);
  [[nodiscard]] int32_t disconnect(Version& asker, uint64_t connection, Namespace& ns,
                                   uint64_t cookie);
  [[nodiscard]] int32_t disconnect_all(Version& asker, uint64_t connection, uint64_t cookie);
  [[nodiscard]] int32_t join(Version& asker, uint64_t connection, std::string_view room,
                             uint64_t cookie);
  [[nodiscard]] int32_t leave(Version& asker, uint64_t connection, std::string_view room,
                              uint64_t cookie);
  [[nodiscard]] int32_t close(uint64_t connection, uint16_t code, std::string_view reason);
  [[nodiscard]] int32_t start_timer(Version& version, std::chrono::milliseconds delay,
                                    std::chrono::milliseconds period, uint64_t cookie,
                                    uint64_t& timer);
  [[nodiscard]] int32_t stop_timer(Version& version, uint64_t timer);
  [[nodiscard]] int32_t post(Version& version, uint64_t cookie);
  [[nodiscard]] std::vector<uint64_t> members(Namespace& ns, std::string_view room);

  // Finds a connection under its shard's registry lock and hands it to `use`; STALE if it is gone.
  template <class Use>
  [[nodiscard]] int32_t with_connection(uint64_t handle, Use use) {
    const Handle parts = Handle::of(handle);
    if (parts.worker >= shards_.size()) return STOA_ERR_STALE;
    Shard& shard = *shards_[parts.worker];
    return shard.with_registry([&]() -> int32_t {
      Connection* connection = shard.find(handle);
      return connection ? use(*connection) : STOA_ERR_STALE;
    });
  }

  // Delivers to the audience on every shard that has members of its namespace. With `counted`: on
  // every shard, and there `counted` hears how many it was delivered to.
  using Counted = std::function<void(Shard&, std::size_t)>;
  int32_t deliver_everywhere(const Audience& audience, const wire::Frame& frame,
                             const Counted& counted = nullptr);

 private:
  using Act = std::function<void(Shard&, Connection&)>;

  // REQUIRES: it names a worker that there is.
  [[nodiscard]] bool is_here(uint64_t connection);

  // Runs `act` in turn where the connection lives, and tells the asker how it went: by `then`,
  // which is handed on to it. A connection that is gone by then is told to `then`.
  int32_t act(uint64_t connection, const Asks::Then& then, Act act);
  int32_t act(Version& asker, uint64_t connection, uint64_t cookie, Namespace& ns, uint32_t kind,
              std::string_view room = {});
  // What tells a plugin how its ask or act went.
  [[nodiscard]] static Asks::Then teller(Version& asker, Shard& shard, uint64_t cookie);
  static void tell_answer(Shard& shard, Version& version, uint64_t cookie, const AskResult& result);
  [[nodiscard]] static Asks::Then group_of_one(Asks::Then each);
  void run_timer(Shard& shard, const std::shared_ptr<Version>& version, uint64_t timer,
                 TimePoint due, std::chrono::milliseconds period, uint64_t cookie);

  report::Log& log_;
  report::Bell bell_;
  const Limits limits_;
  Weights weights_;
  bool native_only_ = false;
  std::atomic<std::size_t> max_message_bytes_ = 0;
  // Never grows beyond its first capacity, so that others may read what is there.
  std::vector<std::unique_ptr<Namespace>> namespaces_;
  std::atomic<std::size_t> namespace_count_ = 0;
  std::vector<std::unique_ptr<Shard>> shards_;
  report::Mutex versions_mutex_;
  std::vector<std::weak_ptr<Version>> versions_ GUARDED_BY(versions_mutex_);
};

}  // namespace stoa::routing
