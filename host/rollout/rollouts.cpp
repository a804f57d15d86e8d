#include "rollout/rollouts.h"

#include <algorithm>
#include <exception>
#include <span>
#include <utility>

#include "manifest/schedule.h"
#include "report/startup_error.h"
#include "rollout/part.h"
#include "rollout/seeing_off.h"
#include "rollout/steps.h"
#include "rollout/transition.h"
#include "rollout/way_back.h"

namespace stoa::rollout {
namespace {

using std::chrono::milliseconds;

// What all versions together have for their destroy() when the server ends: less than the server.
constexpr std::chrono::seconds kEnd{6};

}  // namespace

Rollouts::Rollouts(const manifest::Manifest& manifest, routing::Router& router, report::Log& log)
    : log_(log),
      router_(router),
      manifest_(manifest),
      memory_(manifest.rollout.state, manifest.plugins.directory, log),
      builds_(libraries_, manifest.plugins.directory, memory_.libraries(), log),
      history_(manifest.rollout.history) {
  const report::MutexLock lock(step_);
  const Scene before = recall();
  Scene wanted = builds_.scene_of(manifest, before, Builds::Depth::kLoad);
  for (const Memory::Crash& crash : memory_.crashes()) judge(crash, wanted);
  for (Wanted& ns : wanted) provide_remembered(ns);
  static_cast<void>(take(std::move(wanted), {.by = "start", .ns = {}, .text = "started"},
                         [](std::string_view) {}));
  const auto& first = router.namespaces().front();
  if (router.namespaces().size() != 1 || !first->name().empty()) return;
  const std::shared_ptr<routing::Version> stable = first->split()->stable();
  if (stable && stable->wants().native_only()) router.serve_native_only();
}

// A version beside the stable one that took the whole process with it does not come back.
void Rollouts::judge(const Memory::Crash& crash, Scene& wanted) {
  Wanted* const ns = find(wanted, crash.ns);
  const std::size_t at = ns ? ns->find(crash.version) : Wanted::npos;
  if (at == Wanted::npos || ns->builds[at].sha256 != crash.sha256) return;
  if (!ns->runs(crash.version)) return;
  const uint32_t crashes = ++ns->crashes[crash.version + " " + crash.sha256];
  const std::string count = std::to_string(crashes);
  const report::Field fields[] = {
      {"namespace", crash.ns}, {"version", crash.version}, {"crashes", count}};
  log_.warn(kPart, "the last process ended in a crash of this version", std::span(fields));
  const uint32_t bound = ns->spec.guard.crashes;
  if (crash.version == ns->stable || bound == 0 || crashes < bound) return;
  ++guard_trips_;
  rollout::retire(*ns, crash.version);
  ns->note = "guard: " + crash.version + " put out: it crashed the server";
  log_.warn(kPart, "the guard puts a version out", std::span(fields));
}

// What was kept may be damaged: that is no reason not to start.
void Rollouts::provide_remembered(Wanted& ns) {
  for (std::size_t i = 0; i < ns.builds.size(); ++i) {
    const manifest::Version& version = ns.spec.versions[i];
    if (!ns.runs(version.name)) continue;
    try {
      builds_.provide(ns, i);
    } catch (const report::StartupError& error) {
      const report::Field fields[] = {{"namespace", ns.spec.name}, {"version", version.name}};
      log_.error(kPart,
                 "what served before cannot be loaded: " + std::string(error.what()) +
                     "; its file in the plugin directory serves instead",
                 std::span(fields));
      ns.builds[i] = builds_.present(ns.spec, version);
    }
  }
}

Scene Rollouts::recall() {
  const report::MutexLock lock(state_);
  for (Rollout& one : memory_.recall()) history_.add(std::move(one));
  return history_.last_scene();
}

Rollouts::~Rollouts() {
  retire();
}

bool Rollouts::retire() {
  stop();
  std::vector<VersionPtr> all = router_.versions();
  {
    const report::MutexLock lock_of_steps(step_);
    for (VersionPtr& one : left_over_) all.push_back(std::move(one));
    left_over_.clear();
    const report::MutexLock lock(state_);
    for (Running& running : running_) {
      for (Leaving& one : running.leaving) all.push_back(std::move(one.version));
      running.leaving.clear();
    }
  }
  std::ranges::sort(all);
  all.erase(std::unique(all.begin(), all.end()), all.end());
  const std::vector<VersionPtr> left = destroy_all(std::move(all), kEnd);
  for (const VersionPtr& version : left) {
    const report::Field fields[] = {{"namespace", version->ns().name()},
                                    {"version", version->name()}};
    log_.error(kPart, "a version does not end: it is left behind", std::span(fields));
  }
  return left.empty();
}

void Rollouts::start() {
  // Not before: a server that cannot listen has not started.
  record_start();
  memory_.forget_crashes();
  builds_.go_live(stopping_);
  live_ = true;  // last: from here on steps may be taken
  rounds_ = std::thread([this] { run(); });
  own_steps_ = std::thread([this] { take_own_steps(); });
}

void Rollouts::drain() noexcept {
  draining_ = true;
}

void Rollouts::stop() {
  draining_ = true;
  stopping_ = true;
  router_.bell().ring();
  for (std::thread* const thread : {&rounds_, &own_steps_}) {
    if (thread->joinable()) thread->join();
  }
  // A step of another thread is over when it lets go of this.
  const report::MutexLock lock(step_);
}

// --- Steps --------------------------------------------------------------------------------------

Done Rollouts::reload(const std::string& by, const Progress& progress) {
  return follow(reload_now(by, progress), progress);
}

Done Rollouts::reload_now(const std::string& by, const Progress& progress) {
  return in_turn([&]() REQUIRES(step_) {
    const manifest::Manifest wanted = read_manifest(manifest_.file);
    progress("read " + manifest_.file.string());
    Done done = take(builds_.scene_of(wanted, scene(), Builds::Depth::kLoad),
                     {.by = by, .ns = {}, .text = {}}, progress);
    if (done.number == 0) remember();
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
  Done done = in_turn([&]() REQUIRES(step_) {
    Scene wanted = scene();
    Wanted& changed = named(wanted, ns);
    rollout::set_weights(changed, percent);
    return take(wanted, {.by = by, .ns = ns, .text = in_words(changed)}, progress);
  });
  return follow(std::move(done), progress);
}

Done Rollouts::promote(const std::string& by, const std::string& ns, const std::string& version,
                       const std::string& schedule, const Progress& progress) {
  Done done = in_turn([&]() REQUIRES(step_) {
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
  return follow(std::move(done), progress);
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
  Done done = in_turn([&]() REQUIRES(step_) {
    Scene wanted = scene();
    Wanted& changed = named(wanted, ns);
    rollout::retire(changed, version);
    return take(wanted, {.by = by, .ns = ns, .text = version + " retired: " + in_words(changed)},
                progress);
  });
  return follow(std::move(done), progress);
}

Done Rollouts::roll_back(const std::string& by, const std::string& ns, std::optional<uint64_t> to,
                         const Progress& progress) {
  Done done = in_turn([&]() REQUIRES(step_) {
    Scene wanted = scene();
    Wanted& changed = named(wanted, ns);
    uint64_t number = 0;
    Wanted target = before_last_change(changed, to, number);
    for (std::size_t i = 0; i < target.builds.size(); ++i) builds_.provide(target, i);
    // The file says what it says: the next reload is not to bring back what this takes away.
    target.from = std::move(changed.from);
    for (const auto& [file, sha256] : changed.files) target.files[file] = sha256;
    target.crashes = std::move(changed.crashes);
    target.trial.reset();
    changed = std::move(target);
    return take(wanted,
                {.by = by,
                 .ns = ns,
                 .text = "back to rollout " + std::to_string(number) + ": " + in_words(changed),
                 .urgent = true,
                 .resettle = true},
                progress);
  });
  return follow(std::move(done), progress);
}

// How the namespace was after rollout `to`, or where a rollback goes by itself.
Wanted Rollouts::before_last_change(const Wanted& now, std::optional<uint64_t> to,
                                    uint64_t& number) {
  const std::string& ns = now.spec.name;
  const report::MutexLock lock(state_);
  if (to) {
    if (const Wanted* const found = history_.state(ns, number = *to)) return *found;
    throw Refused("What namespace \"" + ns + "\" was after rollout " + std::to_string(*to) +
                  " is not remembered; `stoa ctl history` shows the rollouts that are.");
  }
  return *history_.state(ns, number = way_back(history_, now));
}

Done Rollouts::plan(const std::optional<std::filesystem::path>& file) {
  return in_turn([&]() REQUIRES(step_) {
    const manifest::Manifest wanted = read_manifest(file.value_or(manifest_.file));
    const Scene now = scene();
    const Scene then = builds_.scene_of(wanted, now, Builds::Depth::kLook);
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

Done Rollouts::take(Scene wanted, const About& about, const Progress& progress) {
  const bool live = live_;
  if (draining_) throw Refused("The server is going down: no step is taken any more.");
  const InHand in_hand(*this);
  const std::vector<Running> now = running();
  for (Wanted& ns : wanted) {
    for (std::size_t i = 0; i < ns.builds.size(); ++i) {
      if (ns.runs(ns.spec.versions[i].name)) builds_.provide(ns, i);
    }
  }
  const Scene before = scene();
  std::vector<Change> changed = changes(before, wanted, counting());
  Transition transition({.router = router_,
                         .log = log_,
                         .server = manifest_.server,
                         .patience = milliseconds(manifest_.rollout.stage_timeout_ms),
                         .live = live,
                         .urgent = about.urgent,
                         .resettle = about.resettle,
                         .replaces = about.replaces,
                         .stopping = stopping_,
                         .last_instance = last_instance_,
                         .left_over = left_over_,
                         .progress = progress});
  transition.prepare(now, wanted);
  {
    const report::MutexLock lock(state_);
    transition.put(running_);
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
  if (!live) return done;
  if (changed.empty()) {
    done.text = "nothing changed";
    return done;
  }
  if (!transition.note().empty()) done.text += "; " + transition.note();
  done.number = record(about, done.text, changed_in(wanted, before));
  if (transition.under_way().nobody()) return done;
  {
    const report::MutexLock lock(state_);
    under_way_.push_back(transition.under_way());
    under_way_.back().number = done.number;
  }
  router_.bell().ring();
  return done;
}

Rollouts::InHand::InHand(Rollouts& all) : all_(all) {
  const report::MutexLock lock(all_.state_);
  all_.in_hand_ = true;
}

Rollouts::InHand::~InHand() {
  {
    const report::MutexLock lock(all_.state_);
    all_.in_hand_ = false;
  }
  all_.router_.bell().ring();
}

std::vector<Running> Rollouts::running() {
  const report::MutexLock lock(state_);
  return running_;
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

// --- To look at ---------------------------------------------------------------------------------

Status Rollouts::status() {
  Status status;
  status.draining = draining_;
  status.manifest = manifest_.file;
  std::set<std::string> used;
  const report::MutexLock lock(state_);
  status.rollout = history_.last_number();
  for (const Running& running : running_) {
    status.namespaces.push_back(status_of(running, replacements_));
    for (const auto& [name, version] : running.versions) used.insert(version->library().sha256());
    for (const Leaving& one : running.leaving) used.insert(one.version->library().sha256());
  }
  for (const auto& library : libraries_.all()) {
    if (!library->is_open() || used.contains(library->sha256())) continue;
    const plugin::Description& named = library->description();
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
