// The keys of [namespace.NAME.process].
#pragma once

#include "manifest/key.h"
#include "manifest/manifest.h"

namespace stoa::manifest {

[[nodiscard]] const Keys<Process>& process_keys();

}  // namespace stoa::manifest
