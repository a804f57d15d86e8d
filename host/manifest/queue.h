// The keys of [namespace.NAME.queue].
#pragma once

#include "manifest/key.h"
#include "manifest/manifest.h"

namespace stoa::manifest {

[[nodiscard]] const Keys<Queue>& queue_keys();

}  // namespace stoa::manifest
