// Whose frames share a connection, and how.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "routing/limits.h"

namespace stoa::routing {

// Whose a frame is: the connection's own, or a namespace's (see Namespace::flow). The order within
// a flow is kept, whatever happens.
enum class Flow : uint16_t { kConnection = 0 };

// How much of a connection each namespace gets if others want it too: in proportion to its weight.
// Any thread may set one, and any look it up.
class Weights {
 public:
  Weights() {
    for (auto& weight : weights_) weight.store(kUsual, std::memory_order_relaxed);
  }

  // REQUIRES: 1 to 100.
  void set(Flow flow, uint32_t weight) noexcept {
    weights_[place(flow)].store(static_cast<uint8_t>(weight), std::memory_order_relaxed);
  }
  [[nodiscard]] uint32_t of(Flow flow) const noexcept {
    return weights_[place(flow)].load(std::memory_order_relaxed);
  }

 private:
  static constexpr uint8_t kUsual = 10;

  static std::size_t place(Flow flow) noexcept { return static_cast<std::size_t>(flow); }

  std::array<std::atomic<uint8_t>, 1 + Limits::kMaxNamespaces> weights_;
};

}  // namespace stoa::routing
