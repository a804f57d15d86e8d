#include "rollout/seeing_off.h"

#include <optional>
#include <system_error>
#include <utility>

#include "rollout/chore.h"
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
  // A thread that is stuck already need not be waited for.
  const bool stuck = version->stuck();
  try {
    const bool returned =
        within(stuck ? std::chrono::seconds(0) : kDestroy, [version] { version->destroy(); });
    if (!returned) version->leave_behind();
    return returned;
  } catch (const std::system_error&) {
    // No thread can be made. Then it has the time that it takes, unless that is for ever.
    if (!stuck) version->destroy();
    if (stuck) static_cast<void>(new VersionPtr(version));  // nobody destroys it any more
    return !stuck;
  }
}

std::vector<VersionPtr> destroy_all(std::vector<VersionPtr> all,
                                    std::chrono::milliseconds patience) {
  // What is stuck stays so, and is held for that.
  for (const VersionPtr& one : all) {
    if (one->stuck()) destroy(one);
  }
  std::erase_if(all, [](const VersionPtr& one) { return one->stuck(); });
  std::vector<std::optional<Chore>> chores;
  for (const VersionPtr& one : all) {
    const auto work = [one] { one->destroy(); };
    try {
      chores.emplace_back(Chore(work));
    } catch (const std::system_error&) {
      work();  // in the time that it takes, as no thread can be made
      chores.emplace_back();
    }
  }
  const auto deadline = Clock::now() + patience;
  std::vector<VersionPtr> left;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!chores[i] || chores[i]->wait_until(deadline)) continue;
    all[i]->leave_behind();
    left.push_back(all[i]);
  }
  return left;
}

}  // namespace stoa::rollout
