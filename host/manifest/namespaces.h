// [namespace.NAME]
#pragma once

#include <vector>

#include "manifest/key.h"
#include "manifest/manifest.h"

namespace stoa::manifest {

[[nodiscard]] const Keys<Guard>& guard_keys();          // [namespace.NAME.guard]
[[nodiscard]] const Keys<Namespace>& namespace_keys();  // [namespace.NAME]

// Reads the table `namespace`, which stands at `place`, into `out`. REQUIRES: `place.headers` are
// all that [server] and the environment name.
void read_namespaces(const Value& value, const Place& place, std::vector<Namespace>& out);

}  // namespace stoa::manifest
