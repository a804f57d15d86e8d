// The host's functions, as a plugin in a guest has them.
#pragma once

#include <atomic>

#include "remote/guest_calls.h"
#include "stoa/host.h"

namespace stoa::remote {

// Checks arguments as the host's own table does, so that no pointer is followed that may not be,
// and says the call to the host. What needs no reply returns STOA_OK then; the host logs what else
// is wrong with it.
class GuestTable {
 public:
  // `calls` must outlive this.
  explicit GuestTable(GuestCalls& calls);
  GuestTable(const GuestTable&) = delete;
  GuestTable& operator=(const GuestTable&) = delete;

  // What create() is given. Lives as long as this object.
  [[nodiscard]] const stoa_host& host() const noexcept { return host_; }
  [[nodiscard]] GuestCalls& calls() const noexcept { return calls_; }

  // The event that is handled from now on, until the next: it can be answered once.
  void handling(stoa_reply token) noexcept;
  // May `token` be answered, as far as can be known here? True only once for the present event.
  [[nodiscard]] bool take(stoa_reply token) noexcept;

 private:
  GuestCalls& calls_;
  std::atomic<stoa_reply> present_ = 0;
  std::atomic<bool> answered_ = false;
  stoa_host host_;
};

}  // namespace stoa::remote
