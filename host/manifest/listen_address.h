// A numeric address with a port, as the manifest writes it.
#pragma once

#include <optional>
#include <string_view>

#include "manifest/manifest.h"

namespace stoa::manifest {

// Reads `127.0.0.1:8080` or `[::1]:0`. The address comes out in its shortest form, without
// brackets. Empty if the text is anything else: names are not looked up.
[[nodiscard]] std::optional<Listen> parse_listen(std::string_view text);

}  // namespace stoa::manifest
