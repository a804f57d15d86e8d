// Finding out what a library is without letting it near this process.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "plugin/child.h"
#include "plugin/complaint.h"
#include "plugin/description.h"

namespace stoa::plugin {

// How long a library's constructors and stoa_plugin_entry() may take.
inline constexpr std::chrono::milliseconds kProbeDeadline{10'000};

struct Probe {
  std::optional<Description> description;  // exactly one of the two is there
  std::optional<Complaint> complaint;
};

// Loads `library` in a child process, because loading runs its constructors, which may throw, abort
// or hang, and reads its descriptor there. Throws report::StartupError if there can be no child.
[[nodiscard]] Probe probe(const std::filesystem::path& library, std::chrono::milliseconds deadline,
                          const ChildWay& child = {});
// The child's side: what it found, as text.
[[nodiscard]] std::string probe_here(const std::filesystem::path& library);

}  // namespace stoa::plugin
