// `stoa check CONFIG`
#pragma once

#include <filesystem>
#include <ostream>

namespace stoa::cli {

// Reads the manifest, and for each namespace that could be read loads its plugin and creates the
// instance with its `config`, in a child process and without a server behind it. Writes one line to
// `out` for each namespace that would start ("ok", namespace, plugin with version, SHA-256), and
// one sentence to `err` for each problem. Returns the exit code: 1 if there was any.
int run_check(const std::filesystem::path& config, std::ostream& out, std::ostream& err);

}  // namespace stoa::cli
