// How steps are written down, and how their members fare.
#include <algorithm>
#include <span>
#include <utility>

#include "rollout/part.h"
#include "rollout/rollouts.h"

namespace stoa::rollout {

// A start that brings nothing else than what served before is no rollout: restarts are not to push
// those that an operator may want to go back to out of the history.
void Rollouts::record_start() {
  const About about{.by = "start", .ns = {}, .text = "started"};
  Scene before;
  uint64_t last = 0;
  bool fewer = false;
  {
    const report::MutexLock lock(state_);
    before = history_.last_scene();
    last = history_.last_number();
    fewer = !taken_away().empty();
  }
  Scene changed = changed_in(scene(), before);
  if (fewer || !changed.empty()) {
    static_cast<void>(record(about, about.text, std::move(changed)));
    return;
  }
  remember();
  say(last, about, about.text);
}

// The namespaces that are not as they were.
Scene Rollouts::changed_in(const Scene& wanted, const Scene& before) {
  Scene changed;
  for (const Wanted& ns : wanted) {
    const Wanted* const was = find(before, ns.spec.name);
    if (!was || was->trial != ns.trial || !same(*was, ns)) changed.push_back(ns);
  }
  return changed;
}

uint64_t Rollouts::record(const About& about, const std::string& text, Scene scene) {
  uint64_t number = 0;
  {
    const report::MutexLock lock(state_);
    number = history_.last_number() + 1;
    history_.add({.number = number,
                  .time = std::chrono::system_clock::now(),
                  .by = about.by,
                  .ns = about.ns,
                  .text = text,
                  .scene = std::move(scene),
                  .removed = taken_away()});
  }
  remember();
  say(number, about, text);
  return number;
}

// The namespaces of the history that are not served any more.
std::vector<std::string> Rollouts::taken_away() {
  std::vector<std::string> gone;
  for (const Wanted& ns : history_.last_scene()) {
    const std::string& name = ns.spec.name;
    const bool served = std::ranges::any_of(running_, [&](const Running& running) {
      return !running.removed && running.ns->name() == name;
    });
    if (!served) gone.push_back(name);
  }
  return gone;
}

void Rollouts::say(uint64_t number, const About& about, std::string_view text) {
  const std::string written = std::to_string(number);
  const report::Field fields[] = {{"rollout", written}, {"by", about.by}, {"namespace", about.ns}};
  log_.info(kPart, text, std::span(fields));
}

// Also what is new of namespaces that no step changed: the manifest's words, say.
void Rollouts::remember() {
  const report::MutexLock lock(remembering_);
  {
    const report::MutexLock lock_of_state(state_);
    for (const Running& running : running_) {
      if (!running.removed) history_.amend(running.state);
    }
  }
  memory_.remember(history());
}

// Waits for the members of a step until they have departed, or for so long that the rest may be
// waited for elsewhere.
Done Rollouts::follow(Done done, const Progress& progress) {
  if (const auto step = under_way(done.number)) {
    wait_for(*step, progress);
    close_records();
    if (!step->over()) {
      done.text += step->remarks();
      done.text += "; members still to go: " + std::to_string(step->members_to_go());
      return done;
    }
  }
  // The thread may have closed it in the meantime.
  const report::MutexLock lock(state_);
  const auto& all = history_.all();
  const auto at = std::ranges::find(all, done.number, &Rollout::number);
  if (at != all.end()) done.text = at->text;
  return done;
}

void Rollouts::wait_for(const UnderWay& step, const Progress& progress) {
  constexpr std::chrono::seconds kAtMost{60};
  constexpr std::chrono::seconds kBetweenWords{1};
  const auto end = Clock::now() + kAtMost;
  const auto over = [&] { return stopping_.load() || step.over(); };
  while (!over() && Clock::now() < end) {
    const uint32_t left = step.members_to_go();
    if (left != 0) progress("members still to go: " + std::to_string(left));
    router_.bell().wait_until(Clock::now() + kBetweenWords, over);
  }
}

std::optional<UnderWay> Rollouts::under_way(uint64_t number) {
  const report::MutexLock lock(state_);
  const auto at = std::ranges::find(under_way_, number, &UnderWay::number);
  return at == under_way_.end() ? std::nullopt : std::optional(*at);
}

// Of steps whose members have all gone. Also on the thread of whoever waits for one.
void Rollouts::close_records() {
  std::vector<UnderWay> over;
  {
    const report::MutexLock lock(state_);
    const auto first_over = std::stable_partition(under_way_.begin(), under_way_.end(),
                                                  [](const UnderWay& one) { return !one.over(); });
    over.assign(first_over, under_way_.end());
    under_way_.erase(first_over, under_way_.end());
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

}  // namespace stoa::rollout
