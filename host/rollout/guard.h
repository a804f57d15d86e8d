// Whether a version beside the stable one is bad.
#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <string>

#include "manifest/manifest.h"
#include "routing/call_stats.h"

namespace stoa::rollout {

// What is watched of one version, and of the stable one at the same moments. Looks are compared
// over the guard's window.
class Watch {
 public:
  using Clock = std::chrono::steady_clock;

  // How both stand at `now`, which is later than at the look before. What comes between two looks
  // is judged: the first one is of a moment before they ran side by side.
  void look(Clock::time_point now, const routing::CallSums& watched,
            const routing::CallSums& stable, std::chrono::milliseconds window);

  // Why the version is bad, over what was seen within the window; empty if it is not, or if either
  // of the two had too few calls to say: "33 % of 120 messages ended with errors, against 0 % of
  // v1".
  [[nodiscard]] std::optional<std::string> verdict(const manifest::Guard& guard,
                                                   const std::string& stable) const;

 private:
  struct Look {
    Clock::time_point when;
    routing::CallSums watched;
    routing::CallSums stable;
  };
  std::deque<Look> looks_;  // the first one is where the window begins
};

}  // namespace stoa::rollout
