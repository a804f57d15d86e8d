#include "manifest/weights.h"

#include <algorithm>

namespace stoa::manifest {
namespace {

constexpr uint32_t kAll = 100;

bool is_given(const Version& version) {
  return version.weight != kShare;
}

bool has_schedule(const Version& version) {
  return !version.schedule.empty();
}

std::string complaint(const std::vector<Version>& versions, uint32_t sum, bool all_given) {
  std::string out = all_given ? "the weights make " : "the weights that are given make ";
  out += std::to_string(sum) + (all_given ? ", want 100" : ", want at most 100");
  if (std::ranges::any_of(versions, has_schedule)) out += "; a schedule counts with its first step";
  return out;
}

}  // namespace

std::string share_weights(std::vector<Version>& versions) {
  uint32_t sum = 0;
  uint32_t sharers = 0;
  for (const Version& version : versions) {
    is_given(version) ? sum += version.weight : ++sharers;
  }
  if (sum > kAll || (sharers == 0 && sum != kAll)) {
    return complaint(versions, sum, sharers == 0);
  }
  for (Version& version : versions) {
    if (is_given(version)) continue;
    version.weight = (kAll - sum + sharers - 1) / sharers;
    sum += version.weight;
    --sharers;
  }
  return {};
}

}  // namespace stoa::manifest
