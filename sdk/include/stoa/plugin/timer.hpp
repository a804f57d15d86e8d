// A running timer.
#pragma once

#include <cstdint>

#include "../detail/link.hpp"

namespace stoa {

// What plugin.after() and plugin.every() return. A small handle: to drop it does not stop the
// timer, which lives as long as the plugin. Any thread.
class Timer {
 public:
  Timer() = default;
  Timer(detail::Link& link, stoa_timer number, uint64_t cookie)
      : link_(&link), number_(number), cookie_(cookie) {}

  // False if the host refused to start it: too many run, or its time is out of range.
  explicit operator bool() const { return number_ != 0; }

  // No call of its function begins afterwards, but one may be running. kStale: it is over already.
  Status stop() const {
    if (number_ == 0) return Status::kStale;
    link_->callbacks().forget(cookie_);
    return link_->call(&stoa_host::timer_stop, number_);
  }

 private:
  detail::Link* link_ = nullptr;
  stoa_timer number_ = 0;
  uint64_t cookie_ = 0;
};

}  // namespace stoa
