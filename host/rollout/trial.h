// A version that gets more and more of the newcomers, by a schedule.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "manifest/manifest.h"

namespace stoa::rollout {

// A plain value. It is at one of its steps, with so much of it to come: until `due`, or, while it
// is paused, that long.
struct Trial {
  using Clock = std::chrono::system_clock;  // it outlives the process

  std::string version;
  std::vector<manifest::Step> steps;
  std::size_t at = 0;
  Clock::time_point due{};
  std::optional<std::chrono::milliseconds> paused;

  // At its first step. REQUIRES: there is one.
  [[nodiscard]] static Trial begin(std::string version, std::vector<manifest::Step> steps,
                                   Clock::time_point now);

  // The percent of the newcomers that are its at this step.
  [[nodiscard]] uint32_t percent() const noexcept { return steps[at].percent; }
  [[nodiscard]] bool is_last() const noexcept { return at + 1 == steps.size(); }
  [[nodiscard]] bool is_due(Clock::time_point now) const noexcept {
    return !paused && !is_last() && now >= due;
  }
  // To the next step. REQUIRES: this is not the last one.
  void advance(Clock::time_point now);
  void pause(Clock::time_point now);
  void resume(Clock::time_point now);

  friend bool operator==(const Trial& a, const Trial& b) {
    return a.version == b.version && a.steps == b.steps && a.at == b.at && a.due == b.due &&
           a.paused == b.paused;
  }
};

// "v2: 25 %, next 100 % in 25 m".
[[nodiscard]] std::string in_words(const Trial& trial);

}  // namespace stoa::rollout
