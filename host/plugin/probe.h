// Finding out what a library is without letting it near this process.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "plugin/child.h"
#include "plugin/complaint.h"

namespace stoa::plugin {

// How long a library's constructors and stoa_plugin_entry() may take.
inline constexpr std::chrono::milliseconds kProbeDeadline{10'000};

// What a descriptor says, as values.
struct Description {
  std::string name;
  std::string version;
  uint32_t abi_major = 0;
  uint32_t abi_minor = 0;
  uint32_t flags = 0;
  uint64_t handles = 0;
  std::vector<std::string> events;
};

struct Probe {
  std::optional<Description> description;  // exactly one of the two is there
  std::optional<Complaint> complaint;
};

// Loads `library` in a child process, because loading runs its constructors, which may throw, abort
// or hang, and reads its descriptor there. Throws report::StartupError if there can be no child.
[[nodiscard]] Probe probe(const std::filesystem::path& library, std::chrono::milliseconds deadline,
                          ChildWay child = {});
// The child's side: what it found, as text.
[[nodiscard]] std::string probe_here(const std::filesystem::path& library);

}  // namespace stoa::plugin
