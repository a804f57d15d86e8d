// The key `match` of a version.
#pragma once

#include "manifest/key.h"
#include "manifest/manifest.h"

namespace stoa::manifest {

[[nodiscard]] const Keys<Match>& match_keys();

// Reads the array into `out.matches`.
void store_matches(const Value& value, const Place& place, Version& out);

}  // namespace stoa::manifest
