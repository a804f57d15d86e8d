// Finding out what a library is where its plugin will run: confined, in a process of its own.
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "plugin/child.h"
#include "remote/confinement.h"

namespace stoa::remote {

// As plugin::probe()'s child: the result is what plugin::probe_here() says of `library`, whose
// constructors run under `confinement`, with these variables of the environment and nothing else of
// this process. Waits at most `deadline`, or until `given_up`, if there is one.
// Throws report::StartupError if the system has no process to give.
[[nodiscard]] plugin::ChildResult try_out(const std::filesystem::path& library,
                                          const Confinement& confinement,
                                          const std::vector<std::string>& environment,
                                          std::chrono::milliseconds deadline,
                                          const std::atomic<bool>* given_up);

}  // namespace stoa::remote
