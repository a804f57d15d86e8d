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

  // Frames that wait for an acknowledgement or for a namespace that is still deciding: a client
  // that does not wait for its answers sends few, and each costs memory before it is let in.
  static constexpr std::size_t kMaxHeldFrames = 64;
  static constexpr std::size_t kMaxHeldBytes = 64 * 1024;
  // Names of namespaces, rooms and events.
  static constexpr std::size_t kMaxNameBytes = 255;
  // Asks of plugins that wait for an answer, on one worker.
  static constexpr std::size_t kMaxAsks = 100'000;
  static constexpr std::size_t kMaxTimersPerInstance = 10'000;
};

}  // namespace stoa::routing
