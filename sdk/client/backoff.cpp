#include "backoff.h"

#include <algorithm>
#include <cmath>

namespace stoa::client {

std::chrono::milliseconds Backoff::before_try(uint32_t n) {
  // 2^30 times a millisecond is twelve days: the exponent needs no more.
  const double factor = std::exp2(std::min(n > 0 ? n - 1 : 0U, 30U));
  const double longest = static_cast<double>(policy_.max_delay.count());
  const double full = std::min(static_cast<double>(policy_.first_delay.count()) * factor, longest);
  const double jitter = std::clamp(policy_.jitter, 0.0, 1.0);
  const double part = std::uniform_real_distribution<double>(0.0, jitter)(random_);
  // Never 0: the next try must begin on a later turn of the loop than the failure.
  return std::chrono::milliseconds(std::max<int64_t>(1, std::llround(full * (1.0 - part))));
}

}  // namespace stoa::client
