#include "rollout/status.h"

#include <utility>

#include "rollout/trial.h"

namespace stoa::rollout {
namespace {

Build build_of(const plugin::Library& library) {
  return {library.description().name, library.description().version, library.sha256(), nullptr};
}

VersionStatus status_of(routing::Version& version) {
  const plugin::Library& library = version.library();
  return {.name = version.name(),
          .build = build_of(library),
          .file = library.source().filename().string(),
          .state = {},
          .members = version.members(),
          .run = std::string(manifest::run_text(version.run())),
          .pid = static_cast<uint64_t>(version.pid()),
          .slow = version.slow_callbacks(),
          .queued = version.queued(),
          .queued_bytes = version.queued_bytes(),
          .sums = version.sums(),
          .since = version.since()};
}

void add_failures(VersionStatus& to, const Replacements::Standing& standing, bool failed) {
  to.failures = standing.failures;
  to.trouble = standing.why;
  if (failed) to.state = standing.aside ? "aside" : "failed";
}

// One that the manifest names.
VersionStatus status_of(const Running& running, std::size_t at, const Replacements& replacements) {
  const manifest::Version& named = running.state.spec.versions[at];
  VersionStatus one;
  const auto runs = running.versions.find(named.name);
  if (runs != running.versions.end()) {
    one = status_of(*runs->second);
    one.state = named.weight != 0 || !named.matches.empty() ? "serving" : "waiting";
    const auto* const standing = replacements.find(running.ns->name(), named.name);
    if (standing) add_failures(one, *standing, runs->second->failed());
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

NamespaceStatus status_of(const Running& running, const Replacements& replacements) {
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
    ns.versions.push_back(status_of(running, i, replacements));
  }
  for (const Leaving& leaving : running.leaving) {
    ns.versions.push_back(status_of(*leaving.version));
    ns.versions.back().state = "leaving";
  }
  for (const VersionStatus& one : ns.versions) ns.members += one.members;
  return ns;
}

}  // namespace stoa::rollout
