#include "cli/control_path.h"

#include "cli/default_config.h"
#include "manifest/draft.h"
#include "manifest/manifest.h"
#include "report/startup_error.h"

namespace stoa::cli {
namespace {

namespace fs = std::filesystem;

// Of a manifest that may have other problems: its server runs all the same. Empty if it names none.
fs::path socket_in(const fs::path& manifest) {
  return manifest::load_draft(manifest, manifest::process_environment).manifest.control.socket;
}

}  // namespace

fs::path control_path(const std::string& socket, const std::string& config) {
  if (!socket.empty()) return socket;
  const auto variable = manifest::process_environment("STOA_CONTROL_SOCKET");
  if (config.empty() && variable && !variable->empty()) return *variable;
  const fs::path manifest = config.empty() ? default_config() : fs::path(config);
  fs::path named = socket_in(manifest);
  if (!named.empty()) return named;
  throw report::StartupError(manifest.string() +
                             " names no control socket: name it by --socket PATH, or in the "
                             "variable STOA_CONTROL_SOCKET");
}

}  // namespace stoa::cli
