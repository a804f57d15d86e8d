// The functions an instance gave away and gets called for. For the layer itself, not for plugins.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "../plugin.h"

namespace stoa::detail {

// Functions by their cookie: of timers, of posted work, of asks. Any thread may keep and forget;
// they run where the host delivers the event with their cookie.
class Callbacks {
 public:
  using Function = std::function<void(const stoa_event&)>;

  // How often one is called before it is forgotten.
  enum class Life { kOnce, kUntilLast, kUntilForgotten };

  // Never returns 0, which the host takes for "no cookie".
  uint64_t keep(Life life, Function function) {
    const std::lock_guard lock(mutex_);
    const uint64_t cookie = ++last_cookie_;
    kept_.emplace(cookie, Kept{life, std::make_shared<Function>(std::move(function))});
    return cookie;
  }

  void forget(uint64_t cookie) { (void)take(cookie, true); }

  // Calls the function of `event.cookie`. An unknown cookie was forgotten in the meantime: no call.
  void run(const stoa_event& event) {
    const bool last = (event.flags & STOA_EVENT_LAST) != 0;
    if (const auto function = take(event.cookie, last)) (*function)(event);
  }

 private:
  struct Kept {
    Life life;
    std::shared_ptr<Function> function;  // shared: it may be forgotten while it runs
  };

  // Out of the map, if this is its last call, so that it and what it captures end with the call.
  std::shared_ptr<Function> take(uint64_t cookie, bool last) {
    const std::lock_guard lock(mutex_);
    const auto found = kept_.find(cookie);
    if (found == kept_.end()) return nullptr;
    std::shared_ptr<Function> function = found->second.function;
    if (last || found->second.life == Life::kOnce) kept_.erase(found);
    return function;
  }

  std::mutex mutex_;
  uint64_t last_cookie_ = 0;
  std::unordered_map<uint64_t, Kept> kept_;
};

}  // namespace stoa::detail
