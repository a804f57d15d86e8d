#include "rollout/status.h"

#include <utility>

#include "rollout/trial.h"

namespace stoa::rollout {
namespace {

VersionStatus status_of(routing::Version& version) {
  const plugin::Library& library = version.library();
  return {
      .name = version.name(),
      .build = {library.descriptor().name, library.descriptor().version, library.sha256(), nullptr},
      .file = library.source().filename().string(),
      .state = {},
      .members = version.members(),
      .sums = version.sums(),
      .since = version.since()};
}

// One that the manifest names.
VersionStatus status_of(const Running& running, std::size_t at) {
  const manifest::Version& named = running.state.spec.versions[at];
  VersionStatus one;
  const auto runs = running.versions.find(named.name);
  if (runs != running.versions.end()) {
    one = status_of(*runs->second);
    one.state = named.weight != 0 || !named.matches.empty() ? "serving" : "waiting";
  } else {
    one.name = named.name;
    one.build = running.state.builds[at];
    one.build.library = nullptr;
    one.state = "out";
  }
  one.file = named.plugin;
  one.weight = named.weight;
  one.matches = named.matches.size();
  return one;
}

}  // namespace

NamespaceStatus status_of(const Running& running) {
  NamespaceStatus ns{.name = running.ns->name(),
                     .stable = running.state.stable,
                     .note = running.removed ? "removed" : running.state.note,
                     .schedule = {},
                     .versions = {}};
  if (running.state.trial) {
    ns.schedule = in_words(*running.state.trial);
    ns.paused = running.state.trial->paused.has_value();
  }
  for (std::size_t i = 0; i < running.state.spec.versions.size() && !running.removed; ++i) {
    ns.versions.push_back(status_of(running, i));
  }
  for (const Leaving& leaving : running.leaving) {
    ns.versions.push_back(status_of(*leaving.version));
    ns.versions.back().state = "leaving";
  }
  for (const VersionStatus& one : ns.versions) ns.members += one.members;
  return ns;
}

}  // namespace stoa::rollout
