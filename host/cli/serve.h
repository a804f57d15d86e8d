// `stoa serve [CONFIG]`
#pragma once

#include <filesystem>
#include <ostream>

namespace stoa::cli {

// Serves until SIGTERM or SIGINT, which drain it; a second one ends it at once. SIGHUP: see
// routing/reconfigure.h; SIGUSR1 logs the counters. Writes a line
// "listening ws://ADDRESS:PORT/PATH" to `out` for each address once clients can connect; the log
// goes to standard error. Returns the exit code. Throws report::StartupError.
int run_serve(const std::filesystem::path& config, std::ostream& out);

}  // namespace stoa::cli
