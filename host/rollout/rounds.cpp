// What is done in rounds, about once a second and whenever somebody is ready.
#include <algorithm>
#include <span>
#include <utility>

#include "rollout/part.h"
#include "rollout/rollouts.h"
#include "rollout/seeing_off.h"

namespace stoa::rollout {
namespace {

using std::chrono::milliseconds;

}  // namespace

void Rollouts::run() {
  constexpr std::chrono::seconds kRound{1};
  while (!stopping_) {
    router_.bell().wait_until(next_look(rounded_ + kRound),
                              [this] { return stopping_.load() || somebody_is_ready(); });
    if (stopping_) return;
    close_records();
    see_off();
    supervise();
    if (Clock::now() - rounded_ < kRound) continue;
    rounded_ = Clock::now();
    watch();
  }
}

// Not after the round that comes then.
Clock::time_point Rollouts::next_look(Clock::time_point round) {
  const report::MutexLock lock(state_);
  return std::min(round, replacements_.next().value_or(round));
}

// Looks at every version that runs beside the stable one.
void Rollouts::watch() {
  Looks looks{.when = Clock::now()};
  Found found;
  std::vector<Bad> news;
  {
    const report::MutexLock lock(state_);
    for (const Running& running : running_) look_at(running, looks, found);
    std::ranges::copy_if(found.bad, std::back_inserter(news), [&](const Bad& one) REQUIRES(state_) {
      return std::ranges::find(found_.bad, one.number, &Bad::number) == found_.bad.end();
    });
    found_ = found;
  }
  looks_ = std::move(looks);
  for (const Bad& bad : news) {
    const report::Field fields[] = {
        {"namespace", bad.ns}, {"version", bad.version}, {"reason", bad.why}};
    log_.warn(kPart, "the guard finds a version bad", std::span(fields));
  }
  if (found.bad.empty() && found.due.empty()) return;
  step_is_due_ = true;
  router_.bell().ring();
}

void Rollouts::look_at(const Running& running, Looks& looks, Found& found) {
  const Wanted& state = running.state;
  const std::string& ns = running.ns->name();
  for (const auto& [name, version] : running.versions) {
    looks.sums[version->number()] = version->sums();
  }
  const auto stable = running.versions.find(state.stable);
  const bool alone = running.versions.size() < 2 || stable == running.versions.end();
  for (const auto& [name, version] : running.versions) {
    version->time_calls(!alone);
    if (alone || version == stable->second) continue;
    auto why = verdict(*version, *stable->second, state.spec.guard, looks);
    if (!why) why = too_many_failures(ns, name, state.spec.guard);
    if (why) found.bad.push_back({ns, name, version->number(), std::move(*why)});
  }
  const auto is_tried = [&](const Bad& bad) {
    return bad.ns == ns && bad.version == state.trial->version;
  };
  if (!state.trial || !state.trial->is_due(Trial::Clock::now())) return;
  if (std::ranges::none_of(found.bad, is_tried)) found.due.emplace(ns, *state.trial);
}

std::optional<std::string> Rollouts::too_many_failures(const std::string& ns,
                                                       const std::string& version,
                                                       const manifest::Guard& guard) {
  const auto* const standing = replacements_.find(ns, version);
  if (!standing || guard.crashes == 0 || standing->recent < guard.crashes) return std::nullopt;
  return "it failed: " + standing->why;
}

std::optional<std::string> Rollouts::verdict(const routing::Version& version,
                                             const routing::Version& stable,
                                             const manifest::Guard& guard, Looks& looks) {
  const milliseconds window(guard.window_ms);
  const std::pair both(version.number(), stable.number());
  const bool is_new = !looks_.watches.contains(both);
  Watch& watch = looks.watches[both] = std::move(looks_.watches[both]);
  // They run side by side since the last look. Who did not run then has had no calls.
  if (is_new) watch.look(looks_.when, looks_.sums[both.first], looks_.sums[both.second], window);
  watch.look(looks.when, looks.sums[both.first], looks.sums[both.second], window);
  return watch.verdict(guard, stable.name());
}

// Is there anything to do for close_records() or see_off()?
bool Rollouts::somebody_is_ready() {
  const report::MutexLock lock(state_);
  if (std::ranges::any_of(under_way_, &UnderWay::over) || somebody_failed()) return true;
  for (const Running& running : running_) {
    if (running.removed && running.leaving.empty() && !in_hand_) return true;
    for (const Leaving& one : running.leaving) {
      const bool gone = one.deserted() && one.version->errands() == 0;
      const bool passed = one.shards_left && *one.shards_left == 0;
      if (passed || (gone && !one.shards_left)) return true;
    }
  }
  return false;
}

void Rollouts::see_off() {
  std::vector<VersionPtr> ended;
  {
    const report::MutexLock lock(state_);
    for (Running& running : running_) {
      for (Leaving& one : running.leaving) send_on(running, one);
      std::erase_if(running.leaving, [&](const Leaving& one) {
        if (!one.shards_left || *one.shards_left != 0) return false;
        ended.push_back(one.version);
        return true;
      });
    }
    std::erase_if(running_, [kept = in_hand_](const Running& running) {
      const bool over = running.removed && running.leaving.empty() && !kept;
      if (over) running.ns->forget();
      return over;
    });
  }
  for (const VersionPtr& version : ended) {
    note_use(version->library().sha256());
    const std::string number = std::to_string(version->number());
    const report::Field fields[] = {
        {"namespace", version->ns().name()}, {"version", version->name()}, {"instance", number}};
    if (destroy(version)) {
      log_.info(kPart, "a version is gone", std::span(fields));
    } else {
      log_.error(kPart, "the destroy() of a version does not return: it is left behind",
                 std::span(fields));
    }
  }
  if (!ended.empty()) warn_of_retired();
}

void Rollouts::note_use(const std::string& sha256) {
  const report::MutexLock lock(state_);
  last_used_[sha256] = std::chrono::system_clock::now();
}

// Members depart when they have stayed long enough, or are all gone before; a version without
// members and errands ends.
void Rollouts::send_on(const Running& running, Leaving& leaving) {
  const auto now = Clock::now();
  if (!leaving.departing) {
    const bool confirmed = leaving.stay_until != Clock::time_point::max();
    const bool all_left = confirmed && leaving.version->members() == 0;
    // Nobody stays with a process that is gone.
    const bool gone = confirmed && leaving.version->failed();
    if (now < leaving.stay_until && !all_left && !gone) return;
    leaving.departing = true;
    leaving.departure->begin();
  }
  if (!leaving.deserted()) return leaving.empty_since.reset();
  if (leaving.shards_left) return;
  if (!leaving.empty_since) leaving.empty_since = now;
  const bool waited = now - *leaving.empty_since > running.ns->ask_timeout();
  if (leaving.version->errands() != 0 && !waited) return;
  leaving.shards_left = std::make_shared<std::atomic<std::size_t>>(router_.shards().size());
  running.ns->serve(split_of(running));
  leaving.version->end();
  let_shards_pass(router_, leaving.version, leaving.shards_left);
}

void Rollouts::warn_of_retired() {
  const std::size_t retired = status().retired.size();
  const bool many = retired > manifest_.rollout.max_retired;
  if (warned_.exchange(many) || !many) return;
  log_.warn(kPart, std::to_string(retired) +
                       " plugin libraries are mapped and not used any more; a restart lets go of "
                       "them");
}

}  // namespace stoa::rollout
