// Where the tool finds the server's control socket.
#pragma once

#include <filesystem>
#include <string>

namespace stoa::cli {

// `socket` if it is given; else the variable STOA_CONTROL_SOCKET, unless a `config` is given; else
// what the manifest `config` says, or the default manifest. Throws report::StartupError if none of
// them names one.
[[nodiscard]] std::filesystem::path control_path(const std::string& socket,
                                                 const std::string& config);

}  // namespace stoa::cli
