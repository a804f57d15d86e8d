// What the rollouts' own thread does.
#include <algorithm>
#include <span>
#include <sstream>
#include <utility>

#include "rollout/rollouts.h"
#include "rollout/steps.h"
#include "rollout/transition.h"

namespace stoa::rollout {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kPart = "rollout";

}  // namespace

void Rollouts::reload_soon() {
  reload_wanted_ = true;
  router_.bell().ring();
}

void Rollouts::run() {
  constexpr std::chrono::seconds kRound{1};
  while (!stopping_) {
    router_.bell().wait_until(rounded_ + kRound, [this] {
      return stopping_.load() || reload_wanted_.load() || somebody_is_ready();
    });
    if (stopping_) return;
    if (reload_wanted_.exchange(false)) reload_by_signal();
    close_records();
    see_off();
    if (Clock::now() - rounded_ < kRound) continue;
    rounded_ = Clock::now();
    advance_trials();
    watch();
  }
}

void Rollouts::reload_by_signal() {
  try {
    const Done done =
        reload_now("SIGHUP", [this](std::string_view text) { log_.debug(kPart, text); });
    if (done.number == 0) log_.info(kPart, done.text);
  } catch (const Refused& refused) {
    std::istringstream lines(refused.what());
    for (std::string line; std::getline(lines, line);) log_.error(kPart, line);
    log_.error(kPart, "the reload was refused: nothing changes");
  }
}

// Takes a step that no operator asked for.
void Rollouts::take_alone(const std::string& by, const std::string& ns, bool urgent,
                          const std::function<std::string(Wanted&)>& change) {
  try {
    static_cast<void>(in_turn([&]() REQUIRES(step_) {
      Scene wanted = scene();
      Wanted& changed = named(wanted, ns);
      const std::string text = change(changed);
      return take(wanted, {.by = by, .ns = ns, .text = text, .urgent = urgent},
                  [this](std::string_view said) { log_.debug(kPart, said); });
    }));
  } catch (const Refused& refused) {
    const report::Field fields[] = {{"namespace", ns}, {"by", by}};
    log_.error(kPart, refused.what(), std::span(fields));
  }
}

void Rollouts::advance_trials() {
  for (const Wanted& ns : scene()) {
    if (!ns.trial || !ns.trial->is_due(Trial::Clock::now())) continue;
    take_alone("schedule", ns.spec.name, false, [](Wanted& changed) {
      // Looked at again, in its turn.
      if (!changed.trial || !changed.trial->is_due(Trial::Clock::now())) {
        throw Refused("The schedule was changed in the meantime.");
      }
      rollout::advance(changed);
      return in_words(changed);
    });
  }
}

// Looks at every version that runs beside the stable one, and puts out those that are bad.
void Rollouts::watch() {
  struct Bad {
    std::string ns;
    std::string version;
    std::string why;
  };
  std::vector<Bad> bad;
  decltype(watches_) watches;
  decltype(sums_) sums;
  const Clock::time_point now = Clock::now();
  {
    const report::MutexLock lock(state_);
    for (const Running& running : running_) {
      const auto stable = running.versions.find(running.state.stable);
      const bool alone = running.versions.size() < 2 || stable == running.versions.end();
      for (const auto& [name, version] : running.versions) {
        sums[version->number()] = version->sums();
      }
      for (const auto& [name, version] : running.versions) {
        version->time_calls(!alone);
        if (alone || version == stable->second) continue;
        const manifest::Guard& guard = running.state.spec.guard;
        const milliseconds window(guard.window_ms);
        const std::pair both(version->number(), stable->second->number());
        const bool is_new = !watches_.contains(both);
        Watch& watch = watches[both] = std::move(watches_[both]);
        // They run side by side since the last round. Who did not run then has had no calls.
        if (is_new) watch.look(looked_, sums_[both.first], sums_[both.second], window);
        watch.look(now, sums[both.first], sums[both.second], window);
        if (auto why = watch.verdict(guard, running.state.stable)) {
          bad.push_back({running.ns->name(), name, std::move(*why)});
        }
      }
    }
  }
  watches_ = std::move(watches);
  sums_ = std::move(sums);
  looked_ = now;
  for (const Bad& one : bad) put_out(one.ns, one.version, one.why);
}

void Rollouts::put_out(const std::string& ns, const std::string& version, const std::string& why) {
  ++guard_trips_;
  const report::Field fields[] = {{"namespace", ns}, {"version", version}, {"reason", why}};
  log_.warn(kPart, "the guard puts a version out", std::span(fields));
  take_alone("guard", ns, true, [&](Wanted& changed) {
    rollout::retire(changed, version);
    changed.note = "guard: " + version + " put out: " + why;
    return changed.note;
  });
}

// Is there anything to do for close_records() or see_off()?
bool Rollouts::somebody_is_ready() {
  const report::MutexLock lock(state_);
  if (std::ranges::any_of(under_way_, &UnderWay::over)) return true;
  for (const Running& running : running_) {
    for (const Leaving& one : running.leaving) {
      const bool gone = one.deserted() && one.version->errands() == 0;
      const bool passed = one.shards_left && *one.shards_left == 0;
      if (passed || (gone && !one.shards_left)) return true;
    }
  }
  return false;
}

// Of steps whose members have all gone. Also on the thread of whoever waits for one.
void Rollouts::close_records() {
  std::vector<UnderWay> over;
  {
    const report::MutexLock lock(state_);
    const auto first_over =
        std::ranges::stable_partition(under_way_, [](const UnderWay& one) { return !one.over(); });
    over.assign(first_over.begin(), first_over.end());
    under_way_.erase(first_over.begin(), first_over.end());
    for (const UnderWay& one : over) history_.complete(one.number, one.moved(), one.remarks());
  }
  if (over.empty()) return;
  remember();
  for (const UnderWay& one : over) {
    const std::string number = std::to_string(one.number);
    const std::string moved = std::to_string(one.moved());
    const report::Field fields[] = {{"rollout", number}, {"moved", moved}};
    log_.info(kPart, "complete" + one.remarks(), std::span(fields));
  }
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
    std::erase_if(running_, [](const Running& running) {
      const bool over = running.removed && running.leaving.empty();
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
    if (now < leaving.stay_until && !all_left) return;
    leaving.departing = true;
    leaving.departure->begin();
  }
  if (leaving.shards_left || !leaving.deserted()) return;
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
  if (many && !std::exchange(warned_, many)) {
    log_.warn(kPart, std::to_string(retired) +
                         " plugin libraries are mapped and not used any more; a restart lets go "
                         "of them");
  }
  warned_ = many;
}

}  // namespace stoa::rollout
