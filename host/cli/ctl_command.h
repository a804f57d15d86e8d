// The command line of `stoa ctl`.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace stoa::cli {

// Gives the subcommand `ctl` its commands and options. Sets `run`, which outlives it, if one of
// them was called.
void add_ctl(CLI::App& ctl, std::function<int()>& run);

}  // namespace stoa::cli
