// Where a rollback goes that was not told where.
#pragma once

#include <cstdint>

#include "rollout/history.h"
#include "rollout/scene.h"

namespace stoa::rollout {

// The number of the last rollout after which the namespace was another one than `now`, and fit to
// be gone back to: not in the middle of a schedule, which would be left there, and without a
// version (by its library and its config) that the guard put out since. Throws Refused, with a
// sentence, if none is remembered.
[[nodiscard]] uint64_t way_back(const History& history, const Wanted& now);

}  // namespace stoa::rollout
