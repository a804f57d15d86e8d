#include "manifest/nearest.h"

#include <algorithm>
#include <numeric>

namespace stoa::manifest {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // `costs[j]` is the distance from the part of `a` read so far to the first j letters of `b`.
  std::vector<std::size_t> costs(b.size() + 1);
  std::iota(costs.begin(), costs.end(), std::size_t{0});
  for (const char letter : a) {
    std::size_t diagonal = costs[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t change = diagonal + (letter == b[j] ? 0 : 1);
      diagonal = costs[j + 1];
      costs[j + 1] = std::min({change, costs[j] + 1, costs[j + 1] + 1});
    }
  }
  return costs.back();
}

std::optional<std::string_view> nearest(std::string_view typed,
                                        const std::vector<std::string_view>& names) {
  constexpr std::size_t kLongestTyped = 64;  // nobody mistypes a short name into a longer one
  if (names.empty() || typed.size() > kLongestTyped) return std::nullopt;
  const std::string_view best = *std::ranges::min_element(
      names, {}, [=](std::string_view name) { return edit_distance(typed, name); });
  const bool alike = edit_distance(typed, best) * 2 <= std::max(typed.size(), best.size());
  return alike ? std::optional(best) : std::nullopt;
}

}  // namespace stoa::manifest
