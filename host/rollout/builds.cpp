#include "rollout/builds.h"

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>

#include "plugin/contents.h"
#include "plugin/paths.h"
#include "remote/tryout.h"
#include "report/startup_error.h"
#include "routing/process_lane.h"

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

void Builds::read_files(Wanted& ns, bool same_words, Depth depth) {
  std::map<std::string, std::string> files;
  ns.builds.resize(ns.spec.versions.size());
  for (std::size_t i = 0; i < ns.builds.size(); ++i) {
    const manifest::Version& version = ns.spec.versions[i];
    try {
      files[version.plugin] = read_file(ns, i, same_words, depth);
    } catch (const report::StartupError& error) {
      // The file of a version that does not run may be anything.
      if (!ns.runs(version.name)) continue;
      if (!same_words || !may_do_without(ns, i)) throw;
      files[version.plugin] = ns.files[version.plugin];
      if (depth == Depth::kLook) continue;
      const report::Field fields[] = {{"namespace", ns.spec.name}, {"version", version.name}};
      log_.error("rollout", std::string(error.what()) + "; what a rollback brought back serves on",
                 std::span(fields));
    }
  }
  ns.files = std::move(files);
}

// Returns its digest. A file that is what it was when the manifest was last read does not replace
// what a rollback brought back since then, and is not loaded.
std::string Builds::read_file(Wanted& ns, std::size_t at, bool same_words, Depth depth) {
  const manifest::Version& version = ns.spec.versions[at];
  std::string present = libraries_.digest(directory_, version.plugin);
  const auto seen = ns.files.find(version.plugin);
  const bool as_seen = seen != ns.files.end() && seen->second == present;
  const bool replaces = !same_words || !as_seen || ns.builds[at].sha256 == present;
  if (!replaces) return present;
  ns.builds[at] = build_of(ns.spec, version, depth);
  return ns.builds[at].sha256;
}

// Whether the version is another one than the manifest and its file said last, which is a
// rollback's doing. A file that somebody has put there since then is wanted, and its fault is for
// them to read; but a server that starts serves what it has.
bool Builds::may_do_without(const Wanted& ns, std::size_t at) const {
  const manifest::Version& version = ns.spec.versions[at];
  const auto& written = ns.from.versions;
  const auto as_written = std::ranges::find(written, version.name, &manifest::Version::name);
  const bool named = as_written != written.end() && as_written->plugin == version.plugin;
  const auto seen = ns.files.find(version.plugin);
  const bool same_file = seen != ns.files.end() && seen->second == ns.builds[at].sha256;
  if (named && same_file) return false;
  std::error_code none;
  return !live_ ||
         !std::filesystem::exists(directory_ / plugin::library_name(version.plugin), none);
}

// What will run in a process of its own is tried as it will run, and nowhere else.
plugin::ChildWay Builds::way_of(const manifest::Namespace& ns,
                                const manifest::Version& version) const {
  plugin::ChildWay way = child_;
  if (version.run != manifest::Run::kProcess) return way;
  way.instead = [confinement = routing::confinement_of(ns.name, ns.process),
                 environment = ns.process.environment, given_up = child_.given_up](
                    const std::filesystem::path& library, std::chrono::milliseconds deadline) {
    return remote::try_out(library, confinement, environment, deadline, given_up);
  };
  return way;
}

Build Builds::build_of(const manifest::Namespace& ns, const manifest::Version& version,
                       Depth depth) {
  plugin::ChildWay way = way_of(ns, version);
  if (depth == Depth::kLook) {
    way.kind = plugin::ChildKind::kProgram;
    const plugin::Sighting seen = libraries_.look(directory_, version.plugin, version.sha256, way);
    return {seen.name, seen.version, seen.sha256, nullptr};
  }
  auto library = libraries_.load(directory_, version.plugin, version.sha256, way);
  const plugin::Description& named = library->description();
  return {named.name, named.version, library->sha256(), library};
}

void Builds::provide(Wanted& ns, std::size_t at) {
  Build& build = ns.builds[at];
  if (!build.library) build.library = libraries_.find(build.sha256);
  if (build.library) return;
  const std::filesystem::path file = kept_ / (build.sha256 + ".so");
  if (const auto defect = defect_of(file, build.sha256)) {
    throw report::StartupError("the copy of plugin " + build.plugin + " " + build.version +
                               " that was kept, " + file.string() + ", " + *defect +
                               "; bring that build back by the manifest");
  }
  build.library = libraries_.load(kept_, build.sha256 + ".so", build.sha256,
                                  way_of(ns.spec, ns.spec.versions[at]));
}

}  // namespace stoa::rollout
