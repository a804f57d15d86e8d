// When a version is bad, by the numbers of it and of the stable one.
#include "rollout/guard.h"

#include <gtest/gtest.h>

namespace stoa::rollout {
namespace {

using namespace std::chrono_literals;
using routing::CallSums;
using routing::Durations;

const Watch::Clock::time_point kStart{std::chrono::hours(1)};

CallSums calls(uint64_t count, uint64_t errors = 0) {
  return {.calls = count, .messages = count, .errors = errors};
}
CallSums decided(uint64_t decides, uint64_t denials) {
  return {.calls = decides, .decides = decides, .denials = denials};
}
CallSums timed(uint64_t count, std::chrono::microseconds each) {
  CallSums sums = calls(count);
  sums.durations[Durations::bucket(each)] = count;
  return sums;
}

// What is said after both came to these numbers within the window.
std::optional<std::string> verdict(const CallSums& watched, const CallSums& stable,
                                   const manifest::Guard& guard = {}) {
  Watch watch;
  watch.look(kStart, {}, {}, 60s);
  watch.look(kStart + 1s, watched, stable, 60s);
  return watch.verdict(guard, "v1");
}

TEST(Guard, SaysNothingAtTheFirstLook) {
  Watch watch;
  watch.look(kStart, calls(1000, 1000), calls(1000), 60s);
  EXPECT_EQ(watch.verdict({}, "v1"), std::nullopt);
}

TEST(Guard, MoreErrorsThanTheStableVersionAreTooMany) {
  EXPECT_EQ(verdict(calls(120, 40), calls(200)),
            "33 % of 120 messages ended with errors, against 0 % of v1");
  EXPECT_EQ(verdict(calls(100, 5), calls(200)), std::nullopt);
  EXPECT_EQ(verdict(calls(100, 6), calls(200)),
            "6 % of 100 messages ended with errors, against 0 % of v1");
}

TEST(Guard, WhatFailsWithBothIsNotTheVersionsFault) {
  EXPECT_EQ(verdict(calls(100, 40), calls(200, 70)), std::nullopt);
  EXPECT_NE(verdict(calls(100, 41), calls(200, 70)), std::nullopt);
}

TEST(Guard, FewCallsSayNothing) {
  EXPECT_EQ(verdict(calls(99, 99), calls(200)), std::nullopt);
  EXPECT_NE(verdict(calls(99, 99), calls(200), {.min_count = 99}), std::nullopt);
}

// A version with timers is called all the time.
TEST(Guard, OfWhatElseItIsCalledForNoErrorIsKnown) {
  CallSums busy = calls(100, 10);
  busy.calls = 100'000;
  EXPECT_EQ(verdict(busy, calls(200)), "10 % of 100 messages ended with errors, against 0 % of v1");
  busy = calls(99, 99);
  busy.calls = 100'000;
  EXPECT_EQ(verdict(busy, calls(200)), std::nullopt);
}

TEST(Guard, MoreDenialsThanTheStableVersionAreTooMany) {
  EXPECT_EQ(verdict(decided(100, 30), decided(100, 10)),
            "30 % of 100 connects and joins were denied, against 10 % of v1");
  EXPECT_EQ(verdict(decided(100, 20), decided(100, 10)), std::nullopt);
}

TEST(Guard, ATenthOfTheCallsAreEnoughConnectsToSay) {
  CallSums few = decided(9, 9);
  few.calls = 100;
  EXPECT_EQ(verdict(few, decided(10, 0)), std::nullopt);
  few.decides = few.denials = 10;
  EXPECT_EQ(verdict(few, decided(9, 0)), std::nullopt);
  EXPECT_EQ(verdict(few, decided(10, 0)),
            "100 % of 10 connects and joins were denied, against 0 % of v1");
}

TEST(Guard, SlowerThanTheStableVersionIsTooSlow) {
  const auto why = verdict(timed(100, 40ms), timed(100, 10ms));
  ASSERT_TRUE(why);
  EXPECT_EQ(*why, "the 99th percentile of its callbacks was 40960 us, against 10240 us of v1");
  EXPECT_EQ(verdict(timed(100, 25ms), timed(100, 10ms)), std::nullopt);
}

TEST(Guard, BelowAMillisecondNothingIsSlow) {
  EXPECT_EQ(verdict(timed(100, 800us), timed(100, 1us)), std::nullopt);
  EXPECT_NE(verdict(timed(100, 1100us), timed(100, 1us)), std::nullopt);
}

TEST(Guard, AStableVersionWithFewCallsIsNoMeasure) {
  EXPECT_EQ(verdict(calls(200, 100), calls(99)), std::nullopt);
  EXPECT_NE(verdict(calls(200, 100), calls(100)), std::nullopt);
  EXPECT_EQ(verdict(timed(100, 1s), timed(99, 1ms)), std::nullopt);
  EXPECT_NE(verdict(timed(100, 1s), timed(100, 1ms)), std::nullopt);
}

TEST(Guard, AZeroDoesNotLook) {
  EXPECT_EQ(verdict(calls(100, 100), calls(100), {.errors_percent = 0}), std::nullopt);
  EXPECT_EQ(verdict(decided(100, 100), decided(100, 0), {.denials_percent = 0}), std::nullopt);
  EXPECT_EQ(verdict(timed(100, 40ms), timed(100, 10ms), {.p99_percent = 0}), std::nullopt);
}

TEST(Guard, WhatWasBeforeTheFirstLookDoesNotCount) {
  Watch watch;
  watch.look(kStart, calls(1000, 900), calls(1000), 60s);
  watch.look(kStart + 1s, calls(1100, 900), calls(1000), 60s);
  EXPECT_EQ(watch.verdict({}, "v1"), std::nullopt);
}

TEST(Guard, WhatIsOlderThanTheWindowDoesNotCount) {
  Watch watch;
  watch.look(kStart, {}, {}, 10s);
  watch.look(kStart + 1s, calls(100, 50), calls(100), 10s);
  watch.look(kStart + 6s, calls(200, 50), calls(200), 10s);
  EXPECT_NE(watch.verdict({}, "v1"), std::nullopt);
  // The window begins behind the errors now.
  watch.look(kStart + 11s, calls(300, 50), calls(300), 10s);
  EXPECT_EQ(watch.verdict({}, "v1"), std::nullopt);
}

// The errors of five seconds ago are within a window of ten, however many looks came between.
TEST(Guard, WhatIsWithinTheWindowCountsOverManyLooks) {
  Watch watch;
  watch.look(kStart, {}, {}, 10s);
  for (int second = 1; second <= 9; ++second) {
    watch.look(kStart + std::chrono::seconds(second), calls(100, 50), calls(100), 10s);
    EXPECT_NE(watch.verdict({}, "v1"), std::nullopt) << second;
  }
}

}  // namespace
}  // namespace stoa::rollout
