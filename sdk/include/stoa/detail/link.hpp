// An instance's side of the host table. For the layer itself, not for plugins.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>

#include "../host.h"
#include "../plugin/body.hpp"
#include "../plugin/error.hpp"
#include "bytes.hpp"
#include "callbacks.hpp"

namespace stoa::detail {

// What every small object of the layer (a member, a room, a store) points to: the host and the
// callbacks of the plugin's instance, which owns it. Any thread.
class Link {
 public:
  explicit Link(const stoa_host* host) : host_(host) {}
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  [[nodiscard]] const stoa_host* host() const { return host_; }
  [[nodiscard]] Callbacks& callbacks() { return callbacks_; }

  // One function of the host, as in call(&stoa_host::close, connection, 4000, reason).
  template <class... Parameters, class... Arguments>
  Status call(int32_t (*stoa_host::*function)(const stoa_host*, Parameters...),
              Arguments&&... arguments) const {
    return static_cast<Status>((host_->*function)(host_, std::forward<Arguments>(arguments)...));
  }

  // Keeps `function` and calls the host with its cookie; forgets it again if the host refuses.
  template <class Start>
  Status call_back(Callbacks::Life life, Callbacks::Function function, Start start) {
    const uint64_t cookie = callbacks_.keep(life, std::move(function));
    const Status status = start(cookie);
    if (status != Status::kOk) callbacks_.forget(cookie);
    return status;
  }

 private:
  const stoa_host* host_;
  Callbacks callbacks_;
};

// As the host counts. What it cannot take becomes what it refuses with kInvalid.
inline uint32_t milliseconds(std::chrono::milliseconds time) {
  constexpr uint32_t kTooLong = std::numeric_limits<uint32_t>::max();
  return std::in_range<uint32_t>(time.count()) ? static_cast<uint32_t>(time.count()) : kTooLong;
}

inline stoa_message message(std::string_view event, const Body& body, uint32_t flags = 0) {
  return {sizeof(stoa_message), flags | body.flags(), bytes(event), bytes(body.bytes())};
}

}  // namespace stoa::detail
