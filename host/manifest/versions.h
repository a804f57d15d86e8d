// The versions of a namespace: [[namespace.NAME.version]].
#pragma once

#include "manifest/key.h"
#include "manifest/manifest.h"

namespace stoa::manifest {

[[nodiscard]] const Keys<Version>& version_keys();

// Reads the array of their tables into `out.versions`, each with its weight. One with a problem
// comes out without a plugin; if there is no such array, `out.versions` stays as it is.
void store_versions(const Value& value, const Place& place, Namespace& out);

}  // namespace stoa::manifest
