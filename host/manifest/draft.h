// A manifest that need not be valid.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "manifest/manifest.h"

namespace stoa::manifest {

// As much of a manifest as could be read. What has a problem is left out: a version has no plugin
// then, and [plugins] no directory. A problem of a namespace that says nothing of its versions'
// plugins leaves those in.
struct Draft {
  Manifest manifest;
  std::string problems;  // as load() throws them; empty if there are none
};

// As load() and parse(), for those who look on in spite of problems. Throws report::StartupError
// only if there is no file to read.
[[nodiscard]] Draft load_draft(const std::filesystem::path& file, const Environment& environment);
[[nodiscard]] Draft parse_draft(std::string_view text, const std::filesystem::path& file,
                                const Environment& environment);

}  // namespace stoa::manifest
