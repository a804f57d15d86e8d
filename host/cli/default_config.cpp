#include "cli/default_config.h"

#include <system_error>

namespace stoa::cli {

namespace fs = std::filesystem;

fs::path default_config() {
  std::error_code unknown;
  fs::path prefix = fs::read_symlink("/proc/self/exe", unknown).parent_path();
  for (const fs::path& part : fs::path(STOA_BINDIR)) {
    if (!part.empty()) prefix = prefix.parent_path();
  }
  if (unknown || prefix == "/usr") prefix = "/";
  // An absolute folder, if the package was configured with one, stays what it is.
  return prefix / STOA_SYSCONFDIR / "stoa" / "stoa.toml";
}

}  // namespace stoa::cli
