// Namespaces as they run, in a few words.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "rollout/refused.h"
#include "rollout/scene.h"

namespace stoa::rollout {

// As a manifest's promote_steps: percent, and for how many milliseconds.
inline const std::vector<manifest::Step> kInSteps = {{5, 600'000}, {25, 1'800'000}, {100, 0}};

using Weights = std::vector<std::pair<std::string, uint32_t>>;

// A namespace with versions of these names and weights, of which the first is the stable one.
// Version "v1" is the plugin file "v1.so", whose descriptor says "plugin-v1 1.0".
[[nodiscard]] Wanted ns_of(const std::string& name, const Weights& versions);
[[nodiscard]] Wanted chat(const Weights& versions);

[[nodiscard]] uint32_t weight(const Wanted& ns, const std::string& version);
// Of all versions, whether they run or not.
[[nodiscard]] uint32_t sum(const Wanted& ns);

// What `step` is refused with.
template <class Step>
[[nodiscard]] std::string refusal(Step step) {
  try {
    step();
  } catch (const Refused& refused) {
    return refused.what();
  }
  return "it was taken";
}

}  // namespace stoa::rollout
