#include "rollout/rollouts.h"

#include <algorithm>
#include <exception>
#include <span>
#include <sstream>
#include <utility>

#include "manifest/schedule.h"
#include "report/startup_error.h"
#include "rollout/steps.h"
#include "rollout/transition.h"
#include "rollout/within.h"

namespace stoa::rollout {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kPart = "rollout";
// A destroy() may write down what it has, or join a thread.
constexpr milliseconds kDestroy{10'000};

}  // namespace

Rollouts::Rollouts(const manifest::Manifest& manifest, routing::Router& router, report::Log& log)
    : log_(log), router_(router), manifest_(manifest), history_(manifest.rollout.history) {
  const report::MutexLock lock(step_);
  static_cast<void>(take(scene_of(manifest, {}, true), {.by = "start", .ns = {}, .text = "started"},
                         [](std::string_view) {}));
  const auto& first = router.namespaces().front();
  if (router.namespaces().size() == 1 && first->name().empty() &&
      first->split()->stable()->instance().native_only()) {
    router.serve_native_only();
  }
}

Rollouts::~Rollouts() {
  stop();
  // The loops have ended: those that were on their way out need not be seen off.
  const report::MutexLock lock(state_);
  for (const Running& running : running_) {
    for (const Leaving& one : running.leaving) one.version->destroy();
  }
}

void Rollouts::start() {
  live_ = true;
  thread_ = std::thread([this] { run(); });
}

void Rollouts::drain() noexcept {
  draining_ = true;
}

void Rollouts::stop() {
  draining_ = true;
  stopping_ = true;
  router_.bell().ring();
  if (thread_.joinable()) thread_.join();
  // A step of another thread is over when it lets go of this.
  const report::MutexLock lock(step_);
}

// --- Steps --------------------------------------------------------------------------------------

// Takes the step when its turn has come; whatever is wrong with it is for the operator to read.
template <class Step>
Done Rollouts::in_turn(Step step) {
  const report::MutexLock lock(step_);
  try {
    return step();
  } catch (const Refused&) {
    throw;
  } catch (const report::StartupError& error) {
    throw Refused(error.what());
  } catch (const std::exception& error) {
    throw Refused(std::string("The step was given up: ") + error.what());
  }
}

Done Rollouts::reload(const std::string& by, const Progress& progress) {
  return in_turn([&]() REQUIRES(step_) {
    const manifest::Manifest wanted = read_manifest(manifest_.file);
    progress("read " + manifest_.file.string());
    Done done = take(scene_of(wanted, scene(), true), {.by = by, .ns = {}, .text = {}}, progress);
    done.restart = waits_for_restart(manifest_, wanted);
    for (const std::string& part : done.restart) {
      log_.warn(kPart, part + ": that waits for a restart");
    }
    return done;
  });
}

Done Rollouts::set_weights(const std::string& by, const std::string& ns,
                           const std::map<std::string, uint32_t>& percent,
                           const Progress& progress) {
  return in_turn([&]() REQUIRES(step_) {
    Scene wanted = scene();
    Wanted& changed = named(wanted, ns);
    rollout::set_weights(changed, percent);
    return take(wanted, {.by = by, .ns = ns, .text = in_words(changed)}, progress);
  });
}

Done Rollouts::promote(const std::string& by, const std::string& ns, const std::string& version,
                       const std::string& schedule, const Progress& progress) {
  return in_turn([&]() REQUIRES(step_) {
    Scene wanted = scene();
    Wanted& changed = named(wanted, ns);
    if (schedule.empty()) {
      rollout::promote(changed, version);
      return take(wanted, {.by = by, .ns = ns, .text = version + " promoted"}, progress);
    }
    std::string want;
    auto steps = manifest::parse_schedule(schedule, want);
    if (!steps) throw Refused("Found the schedule \"" + schedule + "\", want " + want + ".");
    promote_by(changed, version, std::move(*steps));
    return take(wanted, {.by = by, .ns = ns, .text = "schedule begun: " + in_words(changed)},
                progress);
  });
}

Done Rollouts::pause(const std::string& by, const std::string& ns, bool paused) {
  return in_turn([&]() REQUIRES(step_) {
    Scene wanted = scene();
    Wanted& changed = named(wanted, ns);
    rollout::pause(changed, paused);
    const std::string text = std::string(paused ? "schedule paused: " : "schedule resumed: ");
    return take(wanted, {.by = by, .ns = ns, .text = text + in_words(*changed.trial)},
                [](std::string_view) {});
  });
}

Done Rollouts::retire(const std::string& by, const std::string& ns, const std::string& version,
                      const Progress& progress) {
  return in_turn([&]() REQUIRES(step_) {
    Scene wanted = scene();
    Wanted& changed = named(wanted, ns);
    rollout::retire(changed, version);
    return take(wanted, {.by = by, .ns = ns, .text = version + " retired: " + in_words(changed)},
                progress);
  });
}

Done Rollouts::roll_back(const std::string& by, const std::string& ns, std::optional<uint64_t> to,
                         const Progress& progress) {
  return in_turn([&]() REQUIRES(step_) {
    Scene wanted = scene();
    Wanted& changed = named(wanted, ns);
    const Rollout target = before_last_change(changed, to);
    // The file says what it says: the next reload is not to bring back what this takes away.
    manifest::Namespace from = std::move(changed.from);
    changed = *find(*target.scene, ns);
    changed.from = std::move(from);
    changed.trial.reset();
    return take(
        wanted,
        {.by = by,
         .ns = ns,
         .text = "back to rollout " + std::to_string(target.number) + ": " + in_words(changed),
         .urgent = true},
        progress);
  });
}

// The rollout that is gone back to: `to`, or the last one after which the namespace was different.
Rollout Rollouts::before_last_change(const Wanted& now, std::optional<uint64_t> to) {
  const std::string& ns = now.spec.name;
  const report::MutexLock lock(state_);
  if (to) {
    const Rollout* const found = history_.find(*to);
    if (!found) {
      throw Refused("Rollout " + std::to_string(*to) +
                    " is not remembered; `stoa ctl history` shows those that are.");
    }
    if (!find(*found->scene, ns)) {
      throw Refused("There was no namespace \"" + ns + "\" after rollout " + std::to_string(*to) +
                    ".");
    }
    return *found;
  }
  const auto& all = history_.all();
  const auto differs = [&](const Rollout& one) {
    const Wanted* const then = find(*one.scene, ns);
    return then && !same(*then, now);
  };
  const auto at = std::find_if(all.rbegin(), all.rend(), differs);
  if (at == all.rend()) {
    throw Refused("Namespace \"" + ns +
                  "\" has not changed since the first rollout that is "
                  "remembered; there is nothing to go back to.");
  }
  return *at;
}

Done Rollouts::plan(const std::optional<std::filesystem::path>& file) {
  return in_turn([&]() REQUIRES(step_) {
    const manifest::Manifest wanted = read_manifest(file.value_or(manifest_.file));
    const Scene now = scene();
    const Scene then = scene_of(wanted, now, false);
    return Done{.text = {},
                .changes = changes(now, then, counting()),
                .restart = waits_for_restart(manifest_, wanted)};
  });
}

manifest::Manifest Rollouts::read_manifest(const std::filesystem::path& file) {
  return manifest::load(file, manifest::process_environment);
}

Wanted& Rollouts::named(Scene& scene, const std::string& ns) {
  if (Wanted* const found = find(scene, ns)) return *found;
  std::string known;
  for (const Wanted& one : scene) known += (known.empty() ? "\"" : ", \"") + one.spec.name + "\"";
  throw Refused("There is no namespace \"" + ns + "\"; there is " + known + ".");
}

Scene Rollouts::scene() {
  const report::MutexLock lock(state_);
  Scene all;
  for (const Running& running : running_) {
    if (!running.removed) all.push_back(running.state);
  }
  return all;
}

namespace {

// The manifest's own schedule begins when it is first read.
void begin_trial(Wanted& ns) {
  for (const manifest::Version& version : ns.spec.versions) {
    if (version.schedule.size() < 2) continue;
    ns.trial = Trial::begin(version.name, version.schedule, Trial::Clock::now());
  }
}

}  // namespace

// What the manifest says. A namespace of which it says the same as before stays as the steps since
// then have made it, but for files that were replaced.
Scene Rollouts::scene_of(const manifest::Manifest& manifest, const Scene& running, bool load) {
  Scene wanted;
  for (const manifest::Namespace& ns : manifest.namespaces) {
    const Wanted* const now = find(running, ns.name);
    Wanted next;
    if (now && now->from == ns) {
      next = *now;
    } else {
      next.spec = next.from = ns;
      next.stable = ns.versions.front().name;
      begin_trial(next);
    }
    next.builds.clear();
    for (const manifest::Version& version : next.spec.versions) {
      next.builds.push_back(build_of(manifest, version, load));
    }
    wanted.push_back(std::move(next));
  }
  return wanted;
}

Build Rollouts::build_of(const manifest::Manifest& manifest, const manifest::Version& version,
                         bool load) {
  const auto child = live_ ? plugin::ChildKind::kProgram : plugin::ChildKind::kFork;
  Build build;
  if (load) {
    build.library =
        libraries_.load(manifest.plugins.directory, version.plugin, version.sha256, child);
    build.plugin = build.library->descriptor().name;
    build.version = build.library->descriptor().version;
    build.sha256 = build.library->sha256();
  } else {
    const plugin::Sighting seen =
        libraries_.look(manifest.plugins.directory, version.plugin, version.sha256);
    build = {seen.name, seen.version, seen.sha256, nullptr};
  }
  return build;
}

Done Rollouts::take(Scene wanted, const About& about, const Progress& progress) {
  const bool live = live_;
  if (draining_) throw Refused("The server is going down: no step is taken any more.");
  std::vector<Running> now;
  {
    const report::MutexLock lock(state_);
    now = running_;
  }
  std::vector<Change> changed = changes(scene(), wanted, counting());
  Transition transition({.router = router_,
                         .log = log_,
                         .patience = milliseconds(manifest_.rollout.stage_timeout_ms),
                         .live = live,
                         .urgent = about.urgent,
                         .stopping = stopping_,
                         .last_instance = last_instance_,
                         .progress = progress});
  transition.prepare(now, wanted);
  {
    const report::MutexLock lock(state_);
    transition.put(running_, manifest_.server);
  }
  try {
    if (live) transition.hand_over();
  } catch (...) {
    {
      const report::MutexLock lock(state_);
      transition.put_back(running_);
    }
    transition.take_configs_back();
    throw;
  }
  {
    const report::MutexLock lock(state_);
    transition.confirm(running_);
  }
  Done done{.text = about.text.empty() ? in_words(changed) : about.text, .changes = changed};
  if (changed.empty() && live) done.text = "nothing changed";
  if (changed.empty() && live) return done;
  if (!transition.note().empty()) done.text += "; " + transition.note();
  const uint32_t moved = wait_for_departures(transition.departing(), progress, done.text);
  done.number = record(about, done.text, moved, std::move(wanted));
  return done;
}

// Until they have nobody left, or for so long that the rest may be waited for elsewhere. Returns
// how many of their members moved.
uint32_t Rollouts::wait_for_departures(const std::vector<Leaving>& departing,
                                       const Progress& progress, std::string& text) {
  constexpr std::chrono::seconds kAtMost{60};
  constexpr std::chrono::seconds kBetweenWords{1};
  const auto left = [&] {
    uint32_t members = 0;
    for (const Leaving& one : departing) members += one.version->members();
    return members;
  };
  const auto end = Clock::now() + kAtMost;
  while (left() != 0 && Clock::now() < end && !stopping_) {
    progress("members still to go: " + std::to_string(left()));
    router_.bell().wait_until(Clock::now() + kBetweenWords,
                              [&] { return left() == 0 || stopping_.load(); });
  }
  uint32_t moved = 0;
  for (const Leaving& one : departing) {
    moved += one.departure->moved();
    const std::string why = one.departure->refusal();
    if (!why.empty()) {
      text += "; some members of " + one.version->name() + " were connected again: " + why;
    }
  }
  if (left() != 0) text += "; members still to go: " + std::to_string(left());
  return moved;
}

uint64_t Rollouts::record(const About& about, const std::string& text, uint32_t moved,
                          Scene scene) {
  uint64_t number = 0;
  {
    const report::MutexLock lock(state_);
    number = history_.last_number() + 1;
    history_.add({.number = number,
                  .time = std::chrono::system_clock::now(),
                  .by = about.by,
                  .ns = about.ns,
                  .text = text,
                  .members_moved = moved,
                  .scene = std::make_shared<const Scene>(std::move(scene))});
  }
  const std::string written = std::to_string(number);
  const std::string members = std::to_string(moved);
  const report::Field fields[] = {
      {"rollout", written}, {"by", about.by}, {"namespace", about.ns}, {"moved", members}};
  log_.info(kPart, text, std::span(fields));
  return number;
}

CountMembers Rollouts::counting() {
  return [this](std::string_view ns, std::string_view version) { return members(ns, version); };
}

uint32_t Rollouts::members(std::string_view ns, std::string_view version) {
  const report::MutexLock lock(state_);
  uint32_t count = 0;
  for (const Running& running : running_) {
    if (running.ns->name() != ns) continue;
    for (const auto& [name, one] : running.versions) {
      if (version.empty() || name == version) count += one->members();
    }
  }
  return count;
}

// --- The thread -----------------------------------------------------------------------------

void Rollouts::reload_soon() {
  reload_wanted_ = true;
  router_.bell().ring();
}

void Rollouts::run() {
  constexpr std::chrono::seconds kRound{1};
  while (!stopping_) {
    router_.bell().wait_until(Clock::now() + kRound, [this] {
      return stopping_.load() || reload_wanted_.load() || somebody_is_ready();
    });
    if (stopping_) return;
    if (reload_wanted_.exchange(false)) reload_by_signal();
    see_off();
    if (Clock::now() - rounded_ < kRound) continue;
    rounded_ = Clock::now();
    advance_trials();
    watch();
  }
}

void Rollouts::reload_by_signal() {
  try {
    const Done done = reload("SIGHUP", [this](std::string_view text) { log_.debug(kPart, text); });
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
  std::map<uint64_t, Watch> watches;
  {
    const report::MutexLock lock(state_);
    for (const Running& running : running_) {
      const auto stable = running.versions.find(running.state.stable);
      const bool alone = running.versions.size() < 2 || stable == running.versions.end();
      for (const auto& [name, version] : running.versions) {
        version->time_calls(!alone);
        if (alone || version == stable->second) continue;
        const manifest::Guard& guard = running.state.spec.guard;
        Watch& watch = watches[version->number()] = std::move(watches_[version->number()]);
        watch.look(Clock::now(), version->sums(), stable->second->sums(),
                   milliseconds(guard.window_ms));
        if (auto why = watch.verdict(guard, running.state.stable)) {
          bad.push_back({running.ns->name(), name, std::move(*why)});
        }
      }
    }
  }
  watches_ = std::move(watches);
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

// Is there anything to do for see_off()?
bool Rollouts::somebody_is_ready() {
  const report::MutexLock lock(state_);
  for (const Running& running : running_) {
    for (const Leaving& one : running.leaving) {
      const bool gone = one.version->members() == 0 && one.version->errands() == 0;
      const bool passed = one.shards_left && *one.shards_left == 0;
      if (passed || (one.departing && gone && !one.shards_left)) return true;
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
    if (within(kDestroy, [version] { version->destroy(); })) {
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

// Members depart when they have stayed long enough; a version without members and errands ends.
void Rollouts::send_on(const Running& running, Leaving& leaving) {
  const auto now = Clock::now();
  if (!leaving.departing) {
    if (now < leaving.stay_until) return;
    leaving.departing = true;
    leaving.departure->begin();
  }
  if (leaving.shards_left || leaving.version->members() != 0) return;
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

// --- To look at ---------------------------------------------------------------------------------

Status Rollouts::status() {
  Status status;
  status.draining = draining_;
  status.manifest = manifest_.file;
  std::set<std::string> used;
  const report::MutexLock lock(state_);
  status.rollout = history_.last_number();
  for (const Running& running : running_) {
    status.namespaces.push_back(status_of(running));
    for (const auto& [name, version] : running.versions) used.insert(version->library().sha256());
    for (const Leaving& one : running.leaving) used.insert(one.version->library().sha256());
  }
  for (const auto& library : libraries_.all()) {
    if (used.contains(library->sha256())) continue;
    const stoa_plugin_descriptor& named = library->descriptor();
    status.retired.push_back({.build = {named.name, named.version, library->sha256(), nullptr},
                              .bytes = library->bytes(),
                              .last_used = last_used_[library->sha256()]});
  }
  return status;
}

std::vector<Rollout> Rollouts::history() {
  const report::MutexLock lock(state_);
  return {history_.all().begin(), history_.all().end()};
}

}  // namespace stoa::rollout
