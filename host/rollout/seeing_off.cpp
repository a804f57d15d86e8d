#include "rollout/seeing_off.h"

#include <chrono>
#include <system_error>

#include "rollout/within.h"
#include "routing/shard.h"

namespace stoa::rollout {
namespace {

// A destroy() may write down what it has, or join a thread.
constexpr std::chrono::seconds kDestroy{10};

}  // namespace

void let_shards_pass(routing::Router& router, const VersionPtr& version,
                     const std::shared_ptr<std::atomic<std::size_t>>& left) {
  for (const auto& shard : router.shards()) {
    shard->inbox().insist([version, left, &router](routing::Shard& there) {
      if (&there == &router.home(version->ns())) {
        for (const auto& [timer, due] : version->timers_due()) there.deadlines().remove(due);
        version->timers_due().clear();
      }
      if (left->fetch_sub(1) == 1) router.bell().ring();
    });
  }
}

SeenOff see_off(routing::Router& router, const VersionPtr& version, bool live,
                const std::atomic<bool>& stopping) {
  version->end();
  if (live) {
    const auto left = std::make_shared<std::atomic<std::size_t>>(router.shards().size());
    let_shards_pass(router, version, left);
    // A loop that hangs leaves the instance alone for ever.
    const bool passed = router.bell().wait_until(
        Clock::now() + kDestroy, [&] { return left->load() == 0 || stopping.load(); });
    if (!passed) return SeenOff::kLeftBehind;
    if (left->load() != 0) return SeenOff::kWaits;
  }
  return destroy(version) ? SeenOff::kDestroyed : SeenOff::kLeftBehind;
}

bool destroy(const VersionPtr& version) {
  try {
    return within(kDestroy, [version] { version->destroy(); });
  } catch (const std::system_error&) {
    version->destroy();  // no thread can be made: then it has the time that it takes
    return true;
  }
}

}  // namespace stoa::rollout
