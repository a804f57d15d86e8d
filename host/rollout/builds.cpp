#include "rollout/builds.h"

#include "report/startup_error.h"

namespace stoa::rollout {
namespace {

// As the file has it, with the schedule that it may have at its beginning.
Wanted as_written(const manifest::Namespace& ns) {
  Wanted wanted;
  wanted.spec = wanted.from = ns;
  wanted.stable = ns.versions.front().name;
  for (const manifest::Version& version : ns.versions) {
    if (version.schedule.size() < 2) continue;
    wanted.trial = Trial::begin(version.name, version.schedule, Trial::Clock::now());
  }
  return wanted;
}

}  // namespace

Scene Builds::scene_of(const manifest::Manifest& manifest, const Scene& running, Depth depth) {
  Scene wanted;
  for (const manifest::Namespace& ns : manifest.namespaces) {
    const Wanted* const now = find(running, ns.name);
    Wanted next = now && now->from == ns ? *now : as_written(ns);
    next.builds.resize(next.spec.versions.size());
    for (std::size_t i = 0; i < next.builds.size(); ++i) {
      try {
        next.builds[i] = build_of(next.spec.versions[i], depth);
      } catch (const report::StartupError&) {
        // The file of a version that does not run may be anything.
        if (next.runs(next.spec.versions[i].name)) throw;
      }
    }
    wanted.push_back(std::move(next));
  }
  return wanted;
}

Build Builds::build_of(const manifest::Version& version, Depth depth) {
  if (depth == Depth::kLook) {
    const plugin::Sighting seen = libraries_.look(directory_, version.plugin, version.sha256);
    return {seen.name, seen.version, seen.sha256, nullptr};
  }
  auto library = libraries_.load(directory_, version.plugin, version.sha256, child_);
  const stoa_plugin_descriptor& named = library->descriptor();
  return {named.name, named.version, library->sha256(), library};
}

void Builds::provide(Build& build) {
  if (build.library) return;
  build.library = libraries_.load(kept_, build.sha256 + ".so", build.sha256, child_);
}

}  // namespace stoa::rollout
