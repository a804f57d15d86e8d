#include "rollout/scene_json.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "manifest/schedule.h"

namespace stoa::rollout {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::system_clock;

uint64_t since_1970(system_clock::time_point when) {
  return static_cast<uint64_t>(
      std::chrono::duration_cast<milliseconds>(when.time_since_epoch()).count());
}

system_clock::time_point moment(const json& ms) {
  return system_clock::time_point(
      std::chrono::duration_cast<system_clock::duration>(milliseconds(ms.get<uint64_t>())));
}

json steps_to_json(const std::vector<manifest::Step>& steps) {
  return steps.empty() ? json("") : json(manifest::schedule_text(steps));
}

std::vector<manifest::Step> steps_from(const json& text) {
  if (text.get_ref<const std::string&>().empty()) return {};
  std::string wanted;
  auto steps = manifest::parse_schedule(text.get<std::string>(), wanted);
  if (!steps) throw std::runtime_error("found the schedule " + text.dump() + ", want " + wanted);
  return std::move(*steps);
}

// What was written before versions had a choice ran on the loops.
manifest::Run run_from(const json& version) {
  const auto text = version.value("run", std::string(run_text(manifest::Run::kLoop)));
  const auto run = manifest::run_named(text);
  if (!run)
    throw std::runtime_error("found the run \"" + text +
                             "\", want \"loop\", \"thread\" or \"process\"");
  return *run;
}

json version_to_json(const manifest::Version& version) {
  json matches = json::array();
  for (const manifest::Match& match : version.matches) {
    matches.push_back({{"kind", static_cast<uint32_t>(match.kind)},
                       {"name", match.name},
                       {"value", match.value}});
  }
  return {{"name", version.name},
          {"plugin", version.plugin},
          {"config", version.config_json},
          {"weight", version.weight},
          {"schedule", steps_to_json(version.schedule)},
          {"matches", std::move(matches)},
          {"sha256", version.sha256},
          {"run", manifest::run_text(*version.run)}};
}

manifest::Version version_from(const json& from) {
  manifest::Version version;
  from.at("name").get_to(version.name);
  from.at("plugin").get_to(version.plugin);
  from.at("config").get_to(version.config_json);
  from.at("weight").get_to(version.weight);
  version.schedule = steps_from(from.at("schedule"));
  from.at("sha256").get_to(version.sha256);
  version.run = run_from(from);
  for (const json& match : from.at("matches")) {
    version.matches.push_back({static_cast<manifest::Match::Kind>(match.at("kind").get<uint8_t>()),
                               match.at("name"), match.at("value")});
  }
  return version;
}

json queue_to_json(const manifest::Queue& queue) {
  return {queue.max_messages, queue.max_bytes, static_cast<uint32_t>(queue.when_full)};
}

manifest::Queue queue_from(const json& from) {
  return {from.at(0), from.at(1), static_cast<manifest::WhenFull>(from.at(2).get<uint8_t>())};
}

json process_to_json(const manifest::Process& process) {
  return {{"user", process.user},
          {"no_new_privileges", process.no_new_privileges},
          {"seccomp", process.seccomp},
          {"network", process.network},
          {"core", process.core},
          {"memory_bytes", process.memory_bytes},
          {"cpu_seconds", process.cpu_seconds},
          {"open_files", process.open_files},
          {"threads", process.threads},
          {"nice", process.nice},
          {"environment", process.environment},
          {"max_crashes", process.max_crashes},
          {"crash_window_ms", process.crash_window_ms}};
}

manifest::Process process_from(const json& from) {
  manifest::Process process;
  from.at("user").get_to(process.user);
  from.at("no_new_privileges").get_to(process.no_new_privileges);
  from.at("seccomp").get_to(process.seccomp);
  from.at("network").get_to(process.network);
  from.at("core").get_to(process.core);
  from.at("memory_bytes").get_to(process.memory_bytes);
  from.at("cpu_seconds").get_to(process.cpu_seconds);
  from.at("open_files").get_to(process.open_files);
  from.at("threads").get_to(process.threads);
  from.at("nice").get_to(process.nice);
  from.at("environment").get_to(process.environment);
  from.at("max_crashes").get_to(process.max_crashes);
  from.at("crash_window_ms").get_to(process.crash_window_ms);
  return process;
}

json spec_to_json(const manifest::Namespace& spec) {
  json versions = json::array();
  for (const manifest::Version& version : spec.versions) {
    versions.push_back(version_to_json(version));
  }
  json departure = json::array();
  for (const manifest::Departure way : spec.departure) {
    departure.push_back(static_cast<uint32_t>(way));
  }
  const manifest::Guard& guard = spec.guard;
  return {{"name", spec.name},
          {"versions", std::move(versions)},
          {"max_message_bytes", spec.max_message_bytes},
          {"ask_timeout_ms", spec.ask_timeout_ms},
          {"send_weight", spec.send_weight},
          {"departure", std::move(departure)},
          {"stay_ms", spec.stay_ms},
          {"guard",
           {guard.window_ms, guard.min_count, guard.errors_percent, guard.denials_percent,
            guard.p99_percent, guard.crashes}},
          {"queue", queue_to_json(spec.queue)},
          {"threads", spec.threads},
          {"process", process_to_json(spec.process)}};
}

manifest::Namespace spec_from(const json& from) {
  manifest::Namespace spec;
  from.at("name").get_to(spec.name);
  for (const json& version : from.at("versions")) spec.versions.push_back(version_from(version));
  from.at("max_message_bytes").get_to(spec.max_message_bytes);
  from.at("ask_timeout_ms").get_to(spec.ask_timeout_ms);
  spec.departure.clear();
  for (const json& way : from.at("departure")) {
    spec.departure.push_back(static_cast<manifest::Departure>(way.get<uint8_t>()));
  }
  from.at("stay_ms").get_to(spec.stay_ms);
  const json& guard = from.at("guard");
  spec.guard = {guard.at(0), guard.at(1), guard.at(2), guard.at(3), guard.at(4), guard.at(5)};
  // What was written before there were such knows none.
  if (from.contains("queue")) spec.queue = queue_from(from["queue"]);
  spec.threads = std::clamp(from.value("threads", spec.threads), 1U, 64U);
  spec.send_weight = std::clamp(from.value("send_weight", spec.send_weight), 1U, 100U);
  if (from.contains("process")) spec.process = process_from(from["process"]);
  return spec;
}

json trial_to_json(const Trial& trial) {
  json written{{"version", trial.version},
               {"steps", steps_to_json(trial.steps)},
               {"at", trial.at},
               {"due", since_1970(trial.due)}};
  if (trial.paused) written["paused"] = trial.paused->count();
  return written;
}

Trial trial_from(const json& from) {
  Trial trial{.version = from.at("version"),
              .steps = steps_from(from.at("steps")),
              .at = from.at("at"),
              .due = moment(from.at("due")),
              .paused = {}};
  if (trial.at >= trial.steps.size()) throw std::runtime_error("a schedule is beyond its end");
  if (from.contains("paused")) trial.paused = milliseconds(from["paused"].get<int64_t>());
  return trial;
}

}  // namespace

json to_json(const Wanted& ns) {
  json builds = json::array();
  for (const Build& build : ns.builds) {
    builds.push_back(
        {{"plugin", build.plugin}, {"version", build.version}, {"sha256", build.sha256}});
  }
  json written{{"spec", spec_to_json(ns.spec)},
               {"from", spec_to_json(ns.from)},
               {"builds", std::move(builds)},
               {"stable", ns.stable},
               {"out", ns.out},
               {"crashes", ns.crashes},
               {"files", ns.files},
               {"note", ns.note}};
  if (ns.trial) written["trial"] = trial_to_json(*ns.trial);
  return written;
}

json to_json(const Scene& scene) {
  json written = json::array();
  for (const Wanted& ns : scene) written.push_back(to_json(ns));
  return written;
}

json to_json(const Rollout& rollout) {
  return {{"number", rollout.number},
          {"time", since_1970(rollout.time)},
          {"by", rollout.by},
          {"namespace", rollout.ns},
          {"text", rollout.text},
          {"members_moved", rollout.members_moved},
          {"scene", to_json(rollout.scene)},
          {"removed", rollout.removed}};
}

Wanted wanted_from(const json& from) {
  Wanted ns;
  ns.spec = spec_from(from.at("spec"));
  ns.from = spec_from(from.at("from"));
  for (const json& build : from.at("builds")) {
    ns.builds.push_back({build.at("plugin"), build.at("version"), build.at("sha256"), nullptr});
  }
  from.at("stable").get_to(ns.stable);
  from.at("out").get_to(ns.out);
  from.at("note").get_to(ns.note);
  from.at("crashes").get_to(ns.crashes);
  from.at("files").get_to(ns.files);
  if (from.contains("trial")) ns.trial = trial_from(from["trial"]);
  const bool serves = ns.find(ns.stable) != Wanted::npos && ns.runs(ns.stable);
  const bool tries_what_there_is = !ns.trial || ns.find(ns.trial->version) != Wanted::npos;
  if (ns.builds.size() != ns.spec.versions.size() || !serves || !tries_what_there_is) {
    throw std::runtime_error("a namespace does not fit its versions");
  }
  return ns;
}

Scene scene_from(const json& from) {
  Scene scene;
  for (const json& ns : from) scene.push_back(wanted_from(ns));
  return scene;
}

Rollout rollout_from(const json& from) {
  return {.number = from.at("number"),
          .time = moment(from.at("time")),
          .by = from.at("by"),
          .ns = from.at("namespace"),
          .text = from.at("text"),
          .members_moved = from.at("members_moved"),
          .scene = scene_from(from.at("scene")),
          .removed = from.value("removed", std::vector<std::string>())};
}

}  // namespace stoa::rollout
