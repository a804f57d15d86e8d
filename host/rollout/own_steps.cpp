// The steps that no operator takes: at SIGHUP, by a schedule, by the guard. They have a thread of
// their own, because a step may have to wait for others, and versions are watched meanwhile.
#include <algorithm>
#include <optional>
#include <span>
#include <sstream>

#include "rollout/part.h"
#include "rollout/rollouts.h"
#include "rollout/steps.h"

namespace stoa::rollout {

void Rollouts::reload_soon() {
  reload_wanted_ = true;
  router_.bell().ring();
}

void Rollouts::take_own_steps() {
  constexpr std::chrono::hours kUntilAsked{1};
  while (!stopping_) {
    router_.bell().wait_until(Clock::now() + kUntilAsked, [this] {
      return stopping_.load() || reload_wanted_.load() || step_is_due_.load();
    });
    if (stopping_) return;
    if (step_is_due_.exchange(false) && !draining_) {
      replace_failed();
      for (const Bad& bad : found().bad) put_out(bad);
      for (const auto& [ns, trial] : found().due) advance(ns, trial);
    }
    if (reload_wanted_.exchange(false)) reload_by_signal();
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

// Takes a step, if `change` still wants it when its turn has come.
Rollouts::Took Rollouts::take_alone(
    const std::string& by, const std::string& ns, bool urgent,
    const std::function<std::optional<std::string>(Wanted&)>& change) {
  try {
    const Done done = in_turn([&]() REQUIRES(step_) {
      Scene wanted = scene();
      Wanted* const changed = find(wanted, ns);
      const auto text = changed ? change(*changed) : std::nullopt;
      if (!text) return Done{};
      return take(wanted, {.by = by, .ns = ns, .text = *text, .urgent = urgent},
                  [this](std::string_view said) { log_.debug(kPart, said); });
    });
    return done.number != 0 ? Took::kTaken : Took::kNotWanted;
  } catch (const Refused& refused) {
    const report::Field fields[] = {{"namespace", ns}, {"by", by}};
    log_.error(kPart, refused.what(), std::span(fields));
    return Took::kRefused;
  }
}

// Unless the last look found that the version on trial is bad, or that the schedule is another one.
void Rollouts::advance(const std::string& ns, const Trial& trial) {
  const auto next = [&](Wanted& changed) -> std::optional<std::string> {
    const Found last = found();
    const auto still = last.due.find(ns);
    const bool due = still != last.due.end() && still->second == trial;
    if (!due || changed.trial != trial) return std::nullopt;
    rollout::advance(changed);
    return in_words(changed);
  };
  if (take_alone("schedule", ns, false, next) != Took::kRefused) return;
  // Not once more in a second, and in another one: somebody has to look at it.
  take_alone("schedule", ns, false, [&](Wanted& changed) -> std::optional<std::string> {
    if (changed.trial != trial) return std::nullopt;
    rollout::pause(changed, true);
    return "schedule paused, as its next step was refused: " + in_words(*changed.trial);
  });
}

// Unless it does not run any more, or an operator made it the stable one.
void Rollouts::put_out(const Bad& bad) {
  const auto change = [&](Wanted& changed) -> std::optional<std::string> {
    if (!runs(bad) || changed.stable == bad.version) return std::nullopt;
    rollout::retire(changed, bad.version);
    changed.note = "guard: " + bad.version + " put out: " + bad.why;
    return changed.note;
  };
  if (take_alone("guard", bad.ns, true, change) != Took::kTaken) return;
  ++guard_trips_;
  const report::Field fields[] = {
      {"namespace", bad.ns}, {"version", bad.version}, {"reason", bad.why}};
  log_.warn(kPart, "the guard puts a version out", std::span(fields));
}

// That very instance, not another one of its name.
bool Rollouts::runs(const Bad& bad) {
  const report::MutexLock lock(state_);
  return std::ranges::any_of(running_, [&](const Running& running) {
    const auto at = running.versions.find(bad.version);
    return running.ns->name() == bad.ns && at != running.versions.end() &&
           at->second->number() == bad.number;
  });
}

Rollouts::Found Rollouts::found() {
  const report::MutexLock lock(state_);
  return found_;
}

}  // namespace stoa::rollout
