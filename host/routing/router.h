// The whole of the routing room: the namespaces, and a shard for each worker.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "manifest/manifest.h"
#include "report/log.h"
#include "routing/limits.h"
#include "routing/namespace.h"
#include "routing/shard.h"

namespace stoa::routing {

// Owned by whoever serves. Made before the loops start and destroyed after they ended: its
// namespaces and shards do not change in between. This is what plugins' calls reach, from any
// thread.
class Router {
 public:
  // Loads the manifest's plugins and creates their instances. Throws report::StartupError.
  Router(const manifest::Manifest& manifest, uint8_t workers, report::Log& log);
  ~Router();
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  [[nodiscard]] Namespace* find(std::string_view name) noexcept;
  [[nodiscard]] const std::vector<std::unique_ptr<Namespace>>& namespaces() const noexcept {
    return namespaces_;
  }
  [[nodiscard]] const std::vector<std::unique_ptr<Shard>>& shards() const noexcept {
    return shards_;
  }
  [[nodiscard]] Shard& shard(std::size_t index) noexcept { return *shards_[index]; }
  // Where events that belong to no connection (timers, posted work) run for this namespace.
  [[nodiscard]] Shard& home(const Namespace& ns) noexcept {
    return *shards_[ns.index() % shards_.size()];
  }
  // Is the only namespace "", and does it handle native frames only? Then nobody acknowledges.
  [[nodiscard]] bool native_only() const noexcept { return native_only_; }
  // The largest message that any namespace takes.
  [[nodiscard]] std::size_t max_message_bytes() const noexcept { return max_message_bytes_; }
  [[nodiscard]] const Limits& limits() const noexcept { return limits_; }
  [[nodiscard]] report::Log& log() noexcept { return log_; }

  // Shards report here how many members of a namespace they have, so that a broadcast is posted
  // only to workers that have any.
  void count_member(const Namespace& ns, uint8_t shard, int change) noexcept;

  // --- Calls of plugins. Any thread. Results are STOA_OK or an error of stoa/base.h -------------

  [[nodiscard]] int32_t emit(const Audience& audience, const wire::Frame& frame);
  [[nodiscard]] int32_t ask(Namespace& ns, const stoa_target& target, const stoa_message& message,
                            uint32_t mode, std::chrono::milliseconds timeout, uint64_t cookie);
  [[nodiscard]] int32_t connect(Namespace& asker, uint64_t connection, Namespace& ns,
                                uint64_t cookie);
  [[nodiscard]] int32_t disconnect(Namespace& asker, uint64_t connection, Namespace& ns,
                                   uint64_t cookie);
  [[nodiscard]] int32_t disconnect_all(Namespace& asker, uint64_t connection, uint64_t cookie);
  [[nodiscard]] int32_t join(Namespace& ns, uint64_t connection, std::string_view room,
                             uint64_t cookie);
  [[nodiscard]] int32_t leave(Namespace& ns, uint64_t connection, std::string_view room,
                              uint64_t cookie);
  [[nodiscard]] int32_t close(uint64_t connection, uint16_t code, std::string_view reason);
  [[nodiscard]] int32_t start_timer(Namespace& ns, std::chrono::milliseconds delay,
                                    std::chrono::milliseconds period, uint64_t cookie,
                                    uint64_t& timer);
  [[nodiscard]] int32_t stop_timer(Namespace& ns, uint64_t timer);
  [[nodiscard]] int32_t post(Namespace& ns, uint64_t cookie);
  [[nodiscard]] std::vector<uint64_t> members(const Namespace& ns, std::string_view room);

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

  // Runs `act` in turn where the connection lives; a connection that is gone by then is told to
  // `then`.
  int32_t act(uint64_t connection, const Asks::Then& then, Act act);
  // What tells a plugin how its ask or act went.
  [[nodiscard]] static Asks::Then teller(Namespace& ns, Shard& shard, uint64_t cookie);
  [[nodiscard]] static Asks::Then group_of_one(Asks::Then each);
  void run_timer(Shard& shard, Namespace& ns, uint64_t timer, TimePoint due,
                 std::chrono::milliseconds period, uint64_t cookie);

  report::Log& log_;
  Limits limits_;
  std::size_t max_message_bytes_ = 0;
  bool native_only_ = false;
  std::vector<std::unique_ptr<Namespace>> namespaces_;
  std::vector<std::unique_ptr<Shard>> shards_;
  // [namespace * shards + shard]
  std::unique_ptr<std::atomic<uint32_t>[]> member_counts_;
};

}  // namespace stoa::routing
