#include "rollout/ways.h"

#include <algorithm>

namespace stoa::rollout {

using manifest::Departure;

Ways ways_of(const std::vector<Departure>& order, bool may_stay) {
  Ways ways;
  // Nobody is left after that one.
  const auto end = std::ranges::find(order, Departure::kReconnect);
  const auto stay = std::find(order.begin(), end, Departure::kStay);
  const auto move = std::find(order.begin(), end, Departure::kMove);
  ways.last.move = move != end;
  ways.stay = may_stay && stay != end;
  if (!ways.stay || move > stay) return ways;
  ways.first = routing::Departure::Ways{.move = true, .stay = true};
  ways.last.move = false;
  return ways;
}

}  // namespace stoa::rollout
