// What differs between two scenes.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "rollout/scene.h"

namespace stoa::rollout {

struct Change {
  std::string ns;
  std::string version;  // empty if it is about the namespace
  std::string kind;     // "added", "replaced", ...: see the functions that make them
  std::string text;
  uint32_t members = 0;  // whom it concerns
};

// How many members a version of a namespace has; with an empty version, the namespace.
using CountMembers = std::function<uint32_t(std::string_view ns, std::string_view version)>;

// In the order of the namespaces, those that go last.
[[nodiscard]] std::vector<Change> changes(const Scene& before, const Scene& after,
                                          const CountMembers& members);

// The parts of the manifest that only a restart brings, one text each: "[server] changed".
[[nodiscard]] std::vector<std::string> waits_for_restart(const manifest::Manifest& running,
                                                         const manifest::Manifest& wanted);

// One line of all of them, for the log and the history.
[[nodiscard]] std::string in_words(const std::vector<Change>& changes);

}  // namespace stoa::rollout
