#include "rollout/guard.h"

#include <algorithm>
#include <cstdint>

namespace stoa::rollout {
namespace {

// Callbacks that are faster than this are not called slow, whatever the stable version takes.
constexpr uint64_t kNeverSlowUs = 1000;
// Connects and joins are fewer than calls: so much smaller is the number that is enough.
constexpr uint32_t kDecidesPerCall = 10;

uint64_t percent(uint64_t part, uint64_t all) {
  return all == 0 ? 0 : part * 100 / all;
}

std::string share(const char* what, uint64_t bad, uint64_t all, uint64_t usual,
                  const std::string& stable) {
  return std::to_string(percent(bad, all)) + " % of " + std::to_string(all) + what + ", against " +
         std::to_string(usual) + " % of " + stable;
}

}  // namespace

void Watch::look(Clock::time_point now, const routing::CallSums& watched,
                 const routing::CallSums& stable, std::chrono::milliseconds window) {
  looks_.push_back({now, watched, stable});
  while (looks_.size() > 2 && looks_[1].when <= now - window) looks_.pop_front();
}

std::optional<std::string> Watch::verdict(const manifest::Guard& guard,
                                          const std::string& stable) const {
  if (looks_.size() < 2) return std::nullopt;
  const routing::CallSums now = looks_.back().watched.since(looks_.front().watched);
  const routing::CallSums usual = looks_.back().stable.since(looks_.front().stable);
  // A version with nothing to do says as little of the other one as one that had nothing to do.
  const auto enough = [&guard](uint64_t of_watched, uint64_t of_stable) {
    return std::min(of_watched, of_stable) >= guard.min_count;
  };
  const uint64_t errors = percent(usual.errors, usual.messages);
  if (guard.errors_percent != 0 && enough(now.messages, usual.messages) &&
      percent(now.errors, now.messages) > errors + guard.errors_percent) {
    return share(" messages ended with errors", now.errors, now.messages, errors, stable);
  }
  const uint64_t denials = percent(usual.denials, usual.decides);
  if (guard.denials_percent != 0 &&
      enough(now.decides * kDecidesPerCall, usual.decides * kDecidesPerCall) &&
      percent(now.denials, now.decides) > denials + guard.denials_percent) {
    return share(" connects and joins were denied", now.denials, now.decides, denials, stable);
  }
  const uint64_t p99 = now.p99_us();
  const uint64_t bound = std::max(kNeverSlowUs, usual.p99_us() * guard.p99_percent / 100);
  if (guard.p99_percent != 0 && enough(now.timed(), usual.timed()) && p99 > bound) {
    return "the 99th percentile of its callbacks was " + std::to_string(p99) + " us, against " +
           std::to_string(usual.p99_us()) + " us of " + stable;
  }
  return std::nullopt;
}

}  // namespace stoa::rollout
