// In which order the manifest's ways for the members of a version that goes are tried.
#pragma once

#include <optional>
#include <vector>

#include "manifest/manifest.h"
#include "routing/departure.h"

namespace stoa::rollout {

struct Ways {
  // Tried at once, if those that it does not take may stay.
  std::optional<routing::Departure::Ways> first;
  bool stay = false;              // then until their time is over, or they have left
  routing::Departure::Ways last;  // for all that are still there
};

// `may_stay`: else none of them stays.
[[nodiscard]] Ways ways_of(const std::vector<manifest::Departure>& order, bool may_stay);

}  // namespace stoa::rollout
