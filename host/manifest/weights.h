// How the versions of a namespace share its newcomers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "manifest/manifest.h"

namespace stoa::manifest {

// The weight of a version that is still to get one.
inline constexpr uint32_t kShare = UINT32_MAX;

// Gives each version whose weight is kShare an even part of what the others leave of 100; the first
// of them get the rest of the division. Returns what is wrong with the sum; empty if it is 100.
[[nodiscard]] std::string share_weights(std::vector<Version>& versions);

}  // namespace stoa::manifest
