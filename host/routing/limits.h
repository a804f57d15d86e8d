// The bounds of the routing room. Defaults and reasons are in manifest/manifest.h.
#pragma once

#include <chrono>
#include <cstddef>

namespace stoa::routing {

struct Limits {
  std::size_t namespaces_per_connection = 32;
  std::size_t rooms_per_connection = 256;
  std::size_t send_queue_bytes = 1024 * 1024;
  std::chrono::milliseconds ask_timeout{10'000};
  std::chrono::milliseconds slow_callback{100};
  std::chrono::milliseconds stuck_callback{10'000};

  // Far more than a server has at a time: those that were removed count.
  static constexpr std::size_t kMaxNamespaces = 4096;
  // Names of namespaces, rooms and events.
  static constexpr std::size_t kMaxNameBytes = 255;
  // Asks of plugins that wait for a client's answer, on one worker.
  static constexpr std::size_t kMaxAsks = 100'000;
  // Questions of clients that wait for a plugin's answer: of one connection, and on one worker.
  static constexpr std::size_t kMaxPendingOfConnection = 1024;
  static constexpr std::size_t kMaxPending = 100'000;
  // Acts of plugins that wait for one connection, or one membership, to be decided.
  static constexpr std::size_t kMaxWaitingActs = 64;
  // What a version hands over, of one member and of the whole namespace.
  static constexpr std::size_t kMaxMemberState = std::size_t{16} * 1024 * 1024;
  static constexpr std::size_t kMaxNamespaceState = std::size_t{256} * 1024 * 1024;
  static constexpr std::size_t kMaxTimersPerInstance = 10'000;
};

}  // namespace stoa::routing
