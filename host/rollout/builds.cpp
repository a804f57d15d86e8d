#include "rollout/builds.h"

#include <map>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "plugin/contents.h"
#include "plugin/paths.h"
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

// What is wrong with a copy that has this digest, if it is whole.
std::optional<std::string> defect_of(const std::filesystem::path& copy, const std::string& sha256) {
  std::error_code none;
  if (!std::filesystem::exists(copy, none)) return "is not there any more";
  const std::string bytes = plugin::read_contents(plugin::open_anywhere(copy), copy);
  if (plugin::sha256_hex(bytes) != sha256) return "is damaged";
  return std::nullopt;
}

}  // namespace

Scene Builds::scene_of(const manifest::Manifest& manifest, const Scene& running, Depth depth) {
  Scene wanted;
  for (const manifest::Namespace& ns : manifest.namespaces) {
    const Wanted* const now = find(running, ns.name);
    const bool same_words = now && now->from == ns;
    wanted.push_back(same_words ? *now : as_written(ns));
    read_files(wanted.back(), same_words, depth);
  }
  return wanted;
}

// A file that is what it was when the manifest was last read does not replace what a rollback
// brought back since then.
void Builds::read_files(Wanted& ns, bool same_words, Depth depth) {
  std::map<std::string, std::string> files;
  ns.builds.resize(ns.spec.versions.size());
  for (std::size_t i = 0; i < ns.builds.size(); ++i) {
    const manifest::Version& version = ns.spec.versions[i];
    try {
      Build present = build_of(version, depth);
      files[version.plugin] = present.sha256;
      const auto seen = ns.files.find(version.plugin);
      const bool as_seen = seen != ns.files.end() && seen->second == present.sha256;
      const bool same = ns.builds[i].sha256 == present.sha256;
      if (!same_words || !as_seen || same) ns.builds[i] = std::move(present);
    } catch (const report::StartupError&) {
      // The file of a version that does not run may be anything.
      if (ns.runs(version.name)) throw;
    }
  }
  ns.files = std::move(files);
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
  if (!build.library) build.library = libraries_.find(build.sha256);
  if (build.library) return;
  const std::filesystem::path file = kept_ / (build.sha256 + ".so");
  if (const auto defect = defect_of(file, build.sha256)) {
    throw report::StartupError("the copy of plugin " + build.plugin + " " + build.version +
                               " that was kept, " + file.string() + ", " + *defect +
                               "; bring that build back by the manifest");
  }
  build.library = libraries_.load(kept_, build.sha256 + ".so", build.sha256, child_);
}

}  // namespace stoa::rollout
