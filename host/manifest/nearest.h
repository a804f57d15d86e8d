// What somebody who mistyped a name may have meant.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace stoa::manifest {

// How many letters have to be put in, taken out or changed to make `b` of `a`.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

// The one of `names` that is nearest to `typed`; empty if that shares less than half with it.
[[nodiscard]] std::optional<std::string_view> nearest(std::string_view typed,
                                                      const std::vector<std::string_view>& names);

}  // namespace stoa::manifest
