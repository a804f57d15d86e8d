// `stoa check CONFIG`
#pragma once

#include <filesystem>
#include <ostream>

namespace stoa::cli {

// Reads the manifest, and for each version of a namespace that could be read loads its plugin and
// creates the instance with its `config`, in a child process and without a server behind it. Writes
// one line to `out` for each that would start ("ok", namespace, the version's name if it was given
// one, plugin with its own version, SHA-256), and one sentence to `err` for each problem. Returns
// the exit code: 1 if there was any.
int run_check(const std::filesystem::path& config, std::ostream& out, std::ostream& err);

}  // namespace stoa::cli
