// The keys of each table of the manifest but [namespace.NAME], for which see namespaces.h.
#pragma once

#include "manifest/key.h"
#include "manifest/manifest.h"

namespace stoa::manifest {

[[nodiscard]] const Keys<Server>& server_keys();        // [server]
[[nodiscard]] const Keys<Log>& log_keys();              // [log]
[[nodiscard]] const Keys<Plugins>& plugins_keys();      // [plugins]
[[nodiscard]] const Keys<Control>& control_keys();      // [control]
[[nodiscard]] const Keys<Rollout>& rollout_keys();      // [rollout]
[[nodiscard]] const Keys<StaticFolder>& static_keys();  // [[static]]

}  // namespace stoa::manifest
