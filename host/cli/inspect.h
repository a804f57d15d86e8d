// `stoa inspect PLUGIN.so [--json]`
#pragma once

#include <filesystem>
#include <ostream>

namespace stoa::cli {

// Writes what there is to know of a plugin to `out`: as text for people, or as one JSON object. The
// plugin's code runs in a child process only. Returns the exit code: 1 if something is wrong with
// it. Throws report::StartupError if there is no such file.
int run_inspect(const std::filesystem::path& plugin, bool json, std::ostream& out);

}  // namespace stoa::cli
