// A step that was taken, while its members are still on their way.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "rollout/running.h"

namespace stoa::rollout {

struct UnderWay {
  uint64_t number = 0;             // of the rollout
  std::vector<Leaving> departing;  // versions whose members depart at once
  // Of versions that go on having members: they run on, and only those leave whom a newcomer's
  // version is another one, or they go, and whoever cannot move stays for now.
  std::vector<std::shared_ptr<routing::Departure>> settling;

  [[nodiscard]] bool nobody() const { return departing.empty() && settling.empty(); }
  // Has everybody arrived, or left?
  [[nodiscard]] bool over() const;
  [[nodiscard]] uint32_t members_to_go() const;
  [[nodiscard]] uint32_t moved() const;
  // What the operator should know of how they went: nothing, or "; some members of v1 were
  // connected again: ..."
  [[nodiscard]] std::string remarks() const;
};

}  // namespace stoa::rollout
