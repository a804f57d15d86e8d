// Trying a version out before it comes near a server that runs.
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plugin/complaint.h"

namespace stoa::plugin {

// What is tried: to load a library, and, with a namespace, to start an instance for it.
struct Rehearsal {
  std::filesystem::path library;  // the copy that will be loaded
  std::optional<std::string> ns;
  std::string config_json = "{}";
};

// Loads the library in a new process of this program, creates an instance for the namespace with a
// host that has no server behind it, asks it to test itself and destroys it. What is wrong comes
// back: create(), a self-test or destroy() that fails, hangs beyond `deadline` or ends its process.
// Any thread. Throws report::StartupError if there can be no child.
[[nodiscard]] std::optional<Complaint> rehearse(const Rehearsal& rehearsal,
                                                std::chrono::milliseconds deadline,
                                                const std::atomic<bool>* given_up);

// The first argument by which main() learns that it is such a child, and what it is to do then with
// the second one. Ends the process.
inline constexpr std::string_view kRehearse = "rehearse";
[[noreturn]] void be_rehearsed(const std::string& request);
// Both arguments.
[[nodiscard]] std::vector<std::string> rehearsal_arguments(const Rehearsal& rehearsal);

}  // namespace stoa::plugin
