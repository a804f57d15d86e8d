// What becomes of versions whose processes fail: found in the rounds, replaced by own steps.
#include <algorithm>
#include <chrono>
#include <exception>
#include <span>
#include <utility>

#include "rollout/rollouts.h"
#include "routing/shard.h"

namespace stoa::rollout {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kSupervision = "supervision";
// Newcomers wait for a plugin that is back so soon, and are told else.
constexpr milliseconds kWorthWaiting{1'000};

// Those who wait are asked in, by the version as it is now.
void let_in(routing::Router& router, routing::Namespace& ns) {
  for (const auto& shard : router.shards()) {
    shard->inbox().insist([&ns](routing::Shard& there) { there.lifecycle().let_in(ns); });
  }
}

}  // namespace

bool Rollouts::somebody_failed() {
  return std::ranges::any_of(running_, [&](const Running& running) REQUIRES(state_) {
    return std::ranges::any_of(running.versions, [&](const auto& one) REQUIRES(state_) {
      const auto& [name, version] = one;
      return version->failed() &&
             !replacements_.knows({running.ns->name(), name, version->number()});
    });
  });
}

void Rollouts::supervise() {
  const report::MutexLock lock(state_);
  for (const Running& running : running_) {
    for (const auto& [name, version] : running.versions) {
      const Failed failed{running.ns->name(), name, version->number()};
      if (!version->failed() || replacements_.knows(failed)) continue;
      note_failure(running, failed, version->failure().why, version->failure().when);
    }
  }
  const auto next = replacements_.next();
  if (!next || *next > Clock::now()) return;
  step_is_due_ = true;
  router_.bell().ring();
}

void Rollouts::note_failure(const Running& running, const Failed& failed, const std::string& why,
                            Clock::time_point when) {
  const VersionPtr& version = running.versions.at(failed.version);
  const auto& standing = replacements_.note(failed, why, when, running.state.spec.process);
  const std::string count = std::to_string(standing.recent);
  const report::Field fields[] = {
      {"namespace", failed.ns}, {"version", failed.version}, {"failures", count}, {"reason", why}};
  if (standing.aside) {
    log_.error(kSupervision, "a version fails too often: it is put aside until `stoa ctl revive`",
               std::span(fields));
  }
  if (standing.due && *standing.due - when <= kWorthWaiting) return;
  version->set_ready(true);
  let_in(router_, *running.ns);
}

void Rollouts::replace_failed() {
  std::vector<Failed> due;
  {
    const report::MutexLock lock(state_);
    due = replacements_.take_due(Clock::now());
  }
  for (const Failed& failed : due) replace(failed);
}

// Unless it does not run any more.
void Rollouts::replace(const Failed& failed) {
  const report::Field fields[] = {{"namespace", failed.ns}, {"version", failed.version}};
  try {
    in_turn([&]() REQUIRES(step_) { return replace_now(failed); });
  } catch (const Refused& refused) {
    if (draining_) return;
    log_.error(kSupervision, refused.what(), std::span(fields));
    fail_again(failed, refused.what());
  }
}

// The one that was to take its place could not be started.
void Rollouts::fail_again(const Failed& failed, const std::string& why) {
  const report::MutexLock lock(state_);
  for (const Running& running : running_) {
    if (running.ns->name() == failed.ns && has(running, failed)) {
      note_failure(running, failed, why, Clock::now());
    }
  }
}

Done Rollouts::replace_now(const Failed& failed) {
  {
    const report::MutexLock lock(state_);
    if (std::ranges::none_of(running_, [&](const Running& running) {
          return running.ns->name() == failed.ns && has(running, failed);
        })) {
      return {};
    }
  }
  Done done =
      take(scene(), {.by = "supervision", .ns = failed.ns, .text = {}, .replaces = failed.number},
           [this](std::string_view said) { log_.debug(kSupervision, said); });
  const report::Field fields[] = {{"namespace", failed.ns}, {"version", failed.version}};
  log_.info(kSupervision, "a version that failed is back", std::span(fields));
  return done;
}

// That very instance.
bool Rollouts::has(const Running& running, const Failed& failed) {
  const auto at = running.versions.find(failed.version);
  return at != running.versions.end() && at->second->number() == failed.number;
}

Done Rollouts::revive(const std::string& ns, const std::string& version) {
  return in_turn([&]() REQUIRES(step_) {
    Scene now = scene();
    const Wanted& revived = named(now, ns);
    if (!version.empty() && revived.find(version) == Wanted::npos) {
      throw Refused("Namespace \"" + ns + "\" has no version " + version + ".");
    }
    std::vector<Failed> back;
    {
      const report::MutexLock lock(state_);
      for (const manifest::Version& one : revived.spec.versions) {
        if (!version.empty() && one.name != version) continue;
        if (!replacements_.revive(ns, one.name)) continue;
        back.push_back({ns, one.name, replacements_.find(ns, one.name)->number});
      }
    }
    if (back.empty()) {
      throw Refused("Namespace \"" + ns + "\"" + (version.empty() ? "" : ", version " + version) +
                    ": nothing of it was put aside.");
    }
    Done done{.text = "revived", .changes = {}, .restart = {}};
    for (const Failed& failed : back) {
      try {
        static_cast<void>(replace_now(failed));
      } catch (const std::exception& error) {
        fail_again(failed, error.what());
        throw;
      }
      done.text += " " + failed.version;
    }
    return done;
  });
}

}  // namespace stoa::rollout
