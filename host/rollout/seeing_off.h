// The end of a version.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

#include "rollout/running.h"
#include "routing/router.h"

namespace stoa::rollout {

enum class SeenOff {
  kDestroyed,
  kWaits,       // the server stops: it is to be destroyed once the loops have ended
  kLeftBehind,  // its destroy() hangs, or a loop
};

// Lets every shard pass, and destroys the instance: for one that no member and no newcomer has.
[[nodiscard]] SeenOff see_off(routing::Router& router, const VersionPtr& version, bool live,
                              const std::atomic<bool>& stopping);
// Destroys the instance. False, and it is left behind, if that does not return in time.
bool destroy(const VersionPtr& version);
// The same of all at once, so that one that hangs does not take their end from the others. Returns
// those that were not stuck yet and are left behind. REQUIRES: the loops have ended.
[[nodiscard]] std::vector<VersionPtr> destroy_all(std::vector<VersionPtr> all,
                                                  std::chrono::milliseconds patience);
// On every shard: what the version has under way there ends. `left` counts those that are not
// through with it.
void let_shards_pass(routing::Router& router, const VersionPtr& version,
                     const std::shared_ptr<std::atomic<std::size_t>>& left);

}  // namespace stoa::rollout
