// The part of the server that the log's lines about rollouts name.
#pragma once

#include <string_view>

namespace stoa::rollout {

inline constexpr std::string_view kPart = "rollout";

}  // namespace stoa::rollout
