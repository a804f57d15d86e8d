#include "rollout/under_way.h"

#include <algorithm>

namespace stoa::rollout {

bool UnderWay::over() const {
  return std::ranges::all_of(departing, [](const Leaving& one) { return one.deserted(); }) &&
         std::ranges::all_of(settling, [](const auto& one) { return one->gone_through(); });
}

uint32_t UnderWay::members_to_go() const {
  uint32_t members = 0;
  for (const Leaving& one : departing) members += one.version->members();
  return members;
}

uint32_t UnderWay::moved() const {
  uint32_t moved = 0;
  for (const auto& one : settling) moved += one->moved();
  for (const Leaving& one : departing) moved += one.departure->moved();
  return moved;
}

std::string UnderWay::remarks() const {
  std::string text;
  const auto remark = [&text](routing::Departure& departure) {
    const std::string why = departure.refusal();
    if (why.empty()) return;
    const char* const became = departure.ways().stay ? " stay: " : " were connected again: ";
    text += "; some members of " + departure.from().name() + became + why;
  };
  for (const auto& one : settling) remark(*one);
  for (const Leaving& one : departing) remark(*one.departure);
  return text;
}

}  // namespace stoa::rollout
