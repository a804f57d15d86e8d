#include "routing/call_stats.h"

#include <gtest/gtest.h>

namespace stoa::routing {
namespace {

using namespace std::chrono_literals;

// The bucket of so many microseconds ends behind them, and the one before it does not.
void expect_bounds_around(uint64_t us) {
  const std::size_t at = Durations::bucket(std::chrono::microseconds(us));
  ASSERT_LT(at, Durations::kBuckets) << us;
  const bool last = at + 1 == Durations::kBuckets;
  EXPECT_TRUE(last || Durations::bound_us(at) > us) << us;
  EXPECT_TRUE(at == 0 || Durations::bound_us(at - 1) <= us) << us;
}

TEST(Durations, BucketsAndBoundsAgree) {
  for (uint64_t us = 0; us < 100'000; ++us) expect_bounds_around(us);
  for (uint64_t us = 100'000; us < 200'000'000; us += us / 1000) expect_bounds_around(us);
}

TEST(Durations, BoundsGrow) {
  for (std::size_t at = 1; at < Durations::kBuckets; ++at) {
    EXPECT_GT(Durations::bound_us(at), Durations::bound_us(at - 1)) << at;
    // No bucket is wider than a quarter of where it begins, so that a p99 is no worse than that.
    if (at >= 4) {
      EXPECT_LE(Durations::bound_us(at), Durations::bound_us(at - 1) * 5 / 4) << at;
    }
  }
}

TEST(Durations, HaveAPlaceForWhateverComes) {
  EXPECT_EQ(Durations::bucket(-5ns), 0u);
  EXPECT_EQ(Durations::bucket(0ns), 0u);
  EXPECT_EQ(Durations::bucket(999ns), 0u);
  EXPECT_EQ(Durations::bucket(1us), 1u);
  EXPECT_EQ(Durations::bucket(1min), Durations::kBuckets - 1);
  EXPECT_EQ(Durations::bucket(std::chrono::nanoseconds::max()), Durations::kBuckets - 1);
}

TEST(Durations, CountWhatTheyAreGiven) {
  Durations durations;
  durations.add(5us);
  durations.add(5us + 900ns);
  durations.add(6us);
  EXPECT_EQ(durations.count(Durations::bucket(5us)), 2u);
  EXPECT_EQ(durations.count(Durations::bucket(6us)), 1u);
}

CallSums timed(uint64_t fast, uint64_t slow) {
  CallSums sums;
  sums.durations[Durations::bucket(10us)] = fast;
  sums.durations[Durations::bucket(1ms)] = slow;
  return sums;
}

TEST(CallSums, TheirP99IsNotMovedByOneInAHundred) {
  EXPECT_EQ(CallSums().p99_us(), 0u);
  EXPECT_EQ(timed(99, 1).p99_us(), Durations::bound_us(Durations::bucket(10us)));
  EXPECT_EQ(timed(98, 2).p99_us(), Durations::bound_us(Durations::bucket(1ms)));
  EXPECT_EQ(timed(0, 1).p99_us(), Durations::bound_us(Durations::bucket(1ms)));
}

TEST(CallSums, SinceIsWhatCameAfter) {
  CallSums before = timed(10, 5);
  before.calls = 15;
  before.errors = 3;
  CallSums now = timed(11, 9);
  now.calls = 20;
  now.errors = 4;
  now.decides = 7;
  now.denials = 2;
  const CallSums since = now.since(before);
  EXPECT_EQ(since.calls, 5u);
  EXPECT_EQ(since.errors, 1u);
  EXPECT_EQ(since.decides, 7u);
  EXPECT_EQ(since.denials, 2u);
  EXPECT_EQ(since.durations, timed(1, 4).durations);
}

}  // namespace
}  // namespace stoa::routing
