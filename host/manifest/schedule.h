// The text of a rollout's schedule, as the manifest and the control tool write it:
//
//   "5% 10m, 25% 30m, 100%"
//
// Five percent of the newcomers for ten minutes, then a quarter for half an hour, then all.
// Percents are whole numbers from 1 to 100 and rise. Each step but the last is held for a whole
// number of seconds (s), minutes (m), hours (h) or days (d), at most 365 days; the last is 100% and
// has none.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "manifest/manifest.h"

namespace stoa::manifest {

// Empty if the text is no schedule; then `wanted` finishes the sentence "found TEXT, want ...".
[[nodiscard]] std::optional<std::vector<Step>> parse_schedule(std::string_view text,
                                                              std::string& wanted);

// Its shortest text, which reads as the same schedule. REQUIRES: `steps` were made by
// parse_schedule().
[[nodiscard]] std::string schedule_text(const std::vector<Step>& steps);

}  // namespace stoa::manifest
