// A `config` table as JSON text.
#pragma once

#include <string>

#include "manifest/key.h"

namespace stoa::manifest {

// Moments become texts. What JSON cannot say (inf and nan) is a problem of its key.
[[nodiscard]] std::string to_json(const Table& table, const Place& place);

}  // namespace stoa::manifest
