// All namespaces as they run, or are to run.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "manifest/manifest.h"
#include "plugin/library.h"
#include "rollout/trial.h"

namespace stoa::rollout {

// The library of a version: what it is, and, once it was loaded, itself.
struct Build {
  std::string plugin;   // the name in its descriptor
  std::string version;  // as well
  std::string sha256;
  std::shared_ptr<const plugin::Library> library;  // null in a scene that is only looked at
};

// One namespace.
struct Wanted {
  manifest::Namespace spec;    // its weights are those of now, not those of the file
  std::vector<Build> builds;   // of the spec's versions, in their order
  std::string stable;          // the name of the version that others are judged against
  std::set<std::string> out;   // names of versions that are known but do not run
  std::optional<Trial> trial;  // of the version whose weight grows by a schedule
  std::string note;            // for the operator: why a version was put out, say
  std::map<std::string, uint32_t> crashes;  // of the process, by "VERSION SHA-256"
  manifest::Namespace from;                 // the file's own words, that this came from
  // What the plugin files were when the manifest was last read: SHA-256 by the file's name.
  std::map<std::string, std::string> files;

  [[nodiscard]] bool runs(std::string_view version) const {
    return !out.contains(std::string(version));
  }
  // The position of the version of this name, or npos.
  [[nodiscard]] std::size_t find(std::string_view version) const noexcept {
    for (std::size_t i = 0; i < spec.versions.size(); ++i) {
      if (spec.versions[i].name == version) return i;
    }
    return npos;
  }
  static constexpr std::size_t npos = static_cast<std::size_t>(-1);
};

// Would taking one for the other change anything?
[[nodiscard]] inline bool same(const Wanted& a, const Wanted& b) {
  const auto same_bytes = [](const Build& one, const Build& other) {
    return one.sha256 == other.sha256;
  };
  return a.spec == b.spec && a.stable == b.stable && a.out == b.out &&
         std::ranges::equal(a.builds, b.builds, same_bytes);
}

using Scene = std::vector<Wanted>;  // in the manifest's order

[[nodiscard]] inline const Wanted* find(const Scene& scene, std::string_view ns) noexcept {
  for (const Wanted& wanted : scene) {
    if (wanted.spec.name == ns) return &wanted;
  }
  return nullptr;
}
[[nodiscard]] inline Wanted* find(Scene& scene, std::string_view ns) noexcept {
  return const_cast<Wanted*>(find(static_cast<const Scene&>(scene), ns));
}

}  // namespace stoa::rollout
