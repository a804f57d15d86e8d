#include "ops/commands.h"

#include <unistd.h>

#include <ctime>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "stoa/version.h"

namespace stoa::ops {
namespace {

using nlohmann::json;
using rollout::Done;

// --- Reading requests -----------------------------------------------------------------------

std::string text(const json& request, const char* key) {
  const auto at = request.find(key);
  if (at == request.end() || !at->is_string()) {
    throw Refusal("The request has no text \"" + std::string(key) + "\".");
  }
  return at->get<std::string>();
}

std::optional<std::string> text_or_none(const json& request, const char* key) {
  return request.contains(key) ? std::optional(text(request, key)) : std::nullopt;
}

std::optional<uint64_t> number_or_none(const json& request, const char* key) {
  const auto at = request.find(key);
  if (at == request.end()) return std::nullopt;
  if (!at->is_number_unsigned()) {
    throw Refusal("The request's \"" + std::string(key) + "\" is no whole number.");
  }
  return at->get<uint64_t>();
}

std::map<std::string, uint32_t> weights_of(const json& request) {
  const auto at = request.find("weights");
  if (at == request.end() || !at->is_object() || at->empty()) {
    throw Refusal("The request has no \"weights\", like {\"v2\": 20}.");
  }
  std::map<std::string, uint32_t> weights;
  for (const auto& [version, percent] : at->items()) {
    if (!percent.is_number_unsigned() || percent.get<uint64_t>() > 100) {
      throw Refusal("The weight of " + version + " is not one of 0 to 100 percent.");
    }
    weights[version] = percent.get<uint32_t>();
  }
  return weights;
}

// --- Writing results ------------------------------------------------------------------------

std::string moment(std::chrono::system_clock::time_point when) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(when);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char written[32];
  std::strftime(written, sizeof written, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return written;
}

json result_of(const Done& done, bool with_changes) {
  json result{{"rollout", done.number}, {"text", done.text}};
  if (!with_changes) return result;
  result["restart"] = done.restart;
  result["changes"] = json::array();
  for (const rollout::Change& change : done.changes) {
    result["changes"].push_back({{"namespace", change.ns},
                                 {"version", change.version},
                                 {"kind", change.kind},
                                 {"text", change.text},
                                 {"members", change.members}});
  }
  return result;
}

json as_json(const rollout::VersionStatus& version) {
  return {{"name", version.name},
          {"plugin", version.build.plugin},
          {"plugin_version", version.build.version},
          {"sha256", version.build.sha256},
          {"file", version.file},
          {"state", version.state},
          {"weight", version.weight},
          {"matches", version.matches},
          {"members", version.members},
          {"run", version.run},
          {"pid", version.pid},
          {"failures", version.failures},
          {"trouble", version.trouble},
          {"queued", version.queued},
          {"queued_bytes", version.queued_bytes},
          {"wait_p99_us", version.sums.wait_p99_us()},
          {"slow", version.slow},
          {"dropped", version.sums.dropped},
          {"refused", version.sums.refused},
          {"pushed_back", version.sums.pushed_back},
          {"calls", version.sums.calls},
          {"errors", version.sums.errors},
          {"denials", version.sums.denials},
          {"p99_us", version.sums.p99_us()},
          {"since", version.state == "out" ? "" : moment(version.since)}};
}

json as_json(const rollout::NamespaceStatus& ns) {
  json versions = json::array();
  for (const rollout::VersionStatus& version : ns.versions) versions.push_back(as_json(version));
  return {{"name", ns.name},
          {"stable", ns.stable},
          {"members", ns.members},
          {"paused", ns.paused},
          {"schedule", ns.schedule},
          {"note", ns.note},
          {"versions", std::move(versions)}};
}

json retired_as_json(const rollout::Status& status) {
  constexpr std::chrono::system_clock::time_point never;  // its version was refused
  json retired = json::array();
  for (const rollout::Retired& one : status.retired) {
    retired.push_back({{"plugin", one.build.plugin},
                       {"version", one.build.version},
                       {"sha256", one.build.sha256},
                       {"bytes", one.bytes},
                       {"instances", 0U},
                       {"last_used", one.last_used == never ? "" : moment(one.last_used)}});
  }
  return retired;
}

std::string spoken_abi() {
  const std::string major = std::to_string(STOA_ABI_MAJOR);
  return major + ".0 to " + major + "." + std::to_string(STOA_ABI_MINOR);
}

// Those that run for longer than they may.
json callbacks_as_json(routing::Watchdog& watchdog) {
  using std::chrono::milliseconds;
  json callbacks = json::array();
  for (const routing::Watchdog::Callback& one : watchdog.running()) {
    if (!one.slow) continue;
    const auto age =
        std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - one.since);
    callbacks.push_back({{"namespace", one.version->ns().name()},
                         {"version", one.version->name()},
                         {"event", one.event()},
                         {"where", one.where},
                         {"since", moment(std::chrono::system_clock::now() - age)},
                         {"ms", static_cast<uint64_t>(age.count())}});
  }
  return callbacks;
}

// --- The commands ---------------------------------------------------------------------------

class Commands {
 public:
  Commands(rollout::Rollouts& rollouts, routing::Router& router, routing::Watchdog& watchdog,
           ServerFacts server)
      : rollouts_(rollouts), router_(router), watchdog_(watchdog), server_(std::move(server)) {}

  json run(const json& request, const Progress& progress) const {
    const std::string command = text(request, "command");
    if (command == "status") return status();
    if (command == "history") return history(request);
    if (command == "plan") return plan(request);
    const std::string by = text(request, "by");
    if (command == "reload") return result_of(rollouts_.reload(by, progress), true);
    return result_of(step(command, by, request, progress), false);
  }

 private:
  Done step(const std::string& command, const std::string& by, const json& request,
            const Progress& progress) const {
    const std::string ns = text(request, "namespace");
    if (command == "weight") return rollouts_.set_weights(by, ns, weights_of(request), progress);
    if (command == "promote") {
      const auto schedule = text_or_none(request, "schedule");
      return rollouts_.promote(by, ns, text(request, "version"), schedule.value_or(""), progress);
    }
    if (command == "retire") return rollouts_.retire(by, ns, text(request, "version"), progress);
    if (command == "rollback") {
      return rollouts_.roll_back(by, ns, number_or_none(request, "to"), progress);
    }
    if (command == "revive") {
      return rollouts_.revive(ns, text_or_none(request, "version").value_or(""));
    }
    if (command == "pause") return rollouts_.pause(by, ns, true);
    if (command == "resume") return rollouts_.pause(by, ns, false);
    throw Refusal("There is no command \"" + command + "\".");
  }

  [[nodiscard]] json plan(const json& request) const {
    const auto config = text_or_none(request, "config");
    json result = result_of(
        rollouts_.plan(config ? std::optional<std::filesystem::path>(*config) : std::nullopt),
        true);
    result.erase("rollout");
    return result;
  }

  [[nodiscard]] json status() const {
    const rollout::Status status = rollouts_.status();
    uint64_t connections = 0;
    for (const auto& shard : router_.shards()) {
      connections += shard->counters().connections_opened.value() -
                     shard->counters().connections_closed.value();
    }
    const auto up = std::chrono::steady_clock::now() - server_.started;
    json namespaces = json::array();
    for (const rollout::NamespaceStatus& ns : status.namespaces) namespaces.push_back(as_json(ns));
    return {{"server",
             {{"pid", static_cast<uint64_t>(::getpid())},
              {"version", server_.version},
              {"abi", spoken_abi()},
              {"uptime_s",
               static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(up).count())},
              {"rollout", status.rollout},
              {"connections", connections},
              {"draining", status.draining},
              {"manifest", status.manifest.string()}}},
            {"namespaces", std::move(namespaces)},
            {"callbacks", callbacks_as_json(watchdog_)},
            {"retired", retired_as_json(status)}};
  }

  [[nodiscard]] json history(const json& request) const {
    const auto ns = text_or_none(request, "namespace");
    const uint64_t most = number_or_none(request, "count").value_or(UINT64_MAX);
    json rollouts = json::array();
    const std::vector<rollout::Rollout> all = rollouts_.history();
    for (auto at = all.rbegin(); at != all.rend() && rollouts.size() < most; ++at) {
      if (ns && at->ns != *ns && !at->ns.empty()) continue;
      rollouts.push_back({{"number", at->number},
                          {"time", moment(at->time)},
                          {"by", at->by},
                          {"namespace", at->ns},
                          {"text", at->text},
                          {"members_moved", at->members_moved}});
    }
    return {{"rollouts", std::move(rollouts)}};
  }

  rollout::Rollouts& rollouts_;
  routing::Router& router_;
  routing::Watchdog& watchdog_;
  const ServerFacts server_;
};

}  // namespace

Handler commands(rollout::Rollouts& rollouts, routing::Router& router, routing::Watchdog& watchdog,
                 ServerFacts server) {
  return [all = Commands(rollouts, router, watchdog, std::move(server))](const json& request,
                                                                         const Progress& progress) {
    try {
      return all.run(request, progress);
    } catch (const rollout::Refused& refused) {
      throw Refusal(refused.what());
    }
  };
}

}  // namespace stoa::ops
