// What versions keep for their namespace as a whole, and to whom it goes.
#pragma once

#include <vector>

#include "rollout/running.h"

namespace stoa::rollout {

struct Bequest {
  VersionPtr from;
  VersionPtr to;
  bool must;  // else the step is taken also if it is not taken over
};

// Of one namespace, as a step takes it from `before` to `after`. What is of the namespace is its
// stable version's: the next one has it from the one before, and from those that go. `urgent`: of
// those nothing, as they may be bad, and no refusal counts.
[[nodiscard]] std::vector<Bequest> bequests(const Running& before, const Running& after,
                                            bool urgent);

}  // namespace stoa::rollout
