// A loop thread.
#pragma once

#include <ev.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "manifest/manifest.h"
#include "net/acceptor.h"
#include "net/static_files.h"
#include "routing/router.h"

struct lws;
struct lws_context;
struct lws_vhost;

namespace stoa::net {

class Session;

// How long a worker waits for a peer.
struct Patience {
  std::chrono::milliseconds handshake;
  std::chrono::milliseconds acknowledge;
  std::chrono::milliseconds idle;  // before a ping
  std::chrono::milliseconds pong;
  std::chrono::milliseconds send;
};

// What all workers share. Any thread.
struct Crew {
  std::atomic<uint32_t> connections = 0;  // WebSocket connections
  std::atomic<uint32_t> admitting = 0;    // workers that do not drain yet
  std::function<void()> stop_all;

  // Once true it stays so: the last has gone, and nobody else is let in.
  [[nodiscard]] bool is_done() const noexcept { return admitting == 0 && connections == 0; }
};

// One thread, one libev loop, one libwebsockets context on it, one shard of the routing room. A
// turn of the loop: what came in is handled, then, just before the loop sleeps, everything that was
// queued leaves in as few writes as there are connections. Owned by the server.
class Worker {
 public:
  // The most that one write takes; libwebsockets is told the same.
  static constexpr std::size_t kBatchBytes = 64 * 1024;
  // How much the kernel takes for a connection in several namespaces before it can send it. It asks
  // for more when half of it is gone: room for one batch.
  static constexpr int kUnsentBytes = 2 * kBatchBytes;
  // How long peers get to answer our close frames when the grace of a drain is over.
  static constexpr std::chrono::milliseconds kLastWords{2'000};

  Worker(const manifest::Server& settings, const StaticFiles& files, routing::Shard& shard,
         std::vector<Listener> listeners, Crew& crew);
  ~Worker();  // REQUIRES: join() has returned, or start() was never called
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void start();
  // Any thread. Refuses newcomers and closes connections with 1001 over `grace`. The loop ends with
  // those of all the crew, when the last connection of any of them has gone: until then newcomers
  // get their answer wherever the system sends them, and namespaces at home here go on.
  void drain(std::chrono::milliseconds grace);
  // Any thread. Ends the loop soon, whatever is going on.
  void stop();
  void join();

  // --- For sessions and the callbacks of libwebsockets, on the loop thread ----------------------

  [[nodiscard]] routing::Shard& shard() noexcept { return shard_; }
  [[nodiscard]] const routing::Weights& weights() const noexcept {
    return shard_.router().weights();
  }
  [[nodiscard]] const manifest::Server& settings() const noexcept { return settings_; }
  [[nodiscard]] const StaticFiles& files() const noexcept { return files_; }
  [[nodiscard]] const Patience& patience() const noexcept { return patience_; }
  [[nodiscard]] std::size_t max_message_bytes() const noexcept {
    return shard_.router().max_message_bytes();
  }
  [[nodiscard]] std::string& scratch() noexcept { return scratch_; }
  [[nodiscard]] bool draining() const noexcept { return draining_; }
  // Whether the server has room for one more connection.
  [[nodiscard]] bool has_room() const noexcept {
    return crew_.connections.load(std::memory_order_relaxed) < settings_.max_connections;
  }

  void add(Session& session);
  void remove(Session& session);
  // Ends a connection when nothing of it runs any more: at the end of this turn.
  void kill_soon(lws* wsi);
  // A connection before its upgrade: it must be through its request in time.
  void handshake_begins(lws* wsi);
  void handshake_ends(lws* wsi);
  // The request's answer is long: it may take any time, as long as the peer takes some of it.
  void answer_begins(lws* wsi);

 private:
  // A connection that is no WebSocket.
  struct Visit {
    routing::TimePoint since;   // of the request, or of the answer's last progress
    std::optional<int> unsent;  // of the answer, in the kernel; none while the request is awaited
  };

  void create_context();
  void watch();
  void run();
  void begin_turn();
  void end_turn();
  void arm_deadline();
  void check_all();
  void look_at_lws_timers();
  [[nodiscard]] bool is_late(lws* wsi, Visit& visit) const;
  void begin_drain(std::chrono::milliseconds grace);

  const manifest::Server& settings_;
  const StaticFiles& files_;
  routing::Shard& shard_;
  Crew& crew_;
  const Patience patience_;
  struct ev_loop* const loop_;
  lws_context* context_ = nullptr;
  lws_vhost* vhost_ = nullptr;
  std::optional<Acceptor> acceptor_;

  ev_prepare prepare_{};
  ev_check check_{};
  ev_io inbox_{};
  ev_timer deadline_{};
  ev_timer rounds_{};
  std::optional<routing::TimePoint> armed_for_;

  std::string scratch_;
  std::unordered_set<Session*> sessions_;
  std::unordered_map<lws*, Visit> visits_;
  bool draining_ = false;
  routing::TimePoint drained_by_{};
  std::thread thread_;
};

}  // namespace stoa::net
