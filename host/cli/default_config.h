// Where an installed server finds its manifest.
#pragma once

#include <filesystem>

namespace stoa::cli {

// The manifest that `cmake --install --prefix X` put beside this program: X/etc/stoa/stoa.toml, or
// /etc/stoa/stoa.toml for the prefix /usr. It need not exist.
[[nodiscard]] std::filesystem::path default_config();

}  // namespace stoa::cli
