#include "rollout/trial.h"

#include <gtest/gtest.h>

namespace stoa::rollout {
namespace {

using namespace std::chrono_literals;

const Trial::Clock::time_point kNoon{std::chrono::hours(500'000)};

Trial begun() {
  return Trial::begin("v2", {{5, 600'000}, {25, 1'800'000}, {100, 0}}, kNoon);
}

TEST(Trial, IsDueWhenItsStepWasHeldLongEnough) {
  const Trial trial = begun();
  EXPECT_EQ(trial.percent(), 5u);
  EXPECT_FALSE(trial.is_due(kNoon + 10min - 1ms));
  EXPECT_TRUE(trial.is_due(kNoon + 10min));
}

TEST(Trial, HoldsTheNextStepFromWhenItCame) {
  Trial trial = begun();
  trial.advance(kNoon + 11min);
  EXPECT_EQ(trial.percent(), 25u);
  EXPECT_FALSE(trial.is_due(kNoon + 41min - 1ms));
  EXPECT_TRUE(trial.is_due(kNoon + 41min));
}

TEST(Trial, IsNotDueAtItsLastStep) {
  Trial trial = begun();
  trial.advance(kNoon);
  EXPECT_FALSE(trial.is_last());
  trial.advance(kNoon);
  EXPECT_TRUE(trial.is_last());
  EXPECT_FALSE(trial.is_due(kNoon + 10h));
}

TEST(Trial, KeepsWhatWasToComeWhileItIsPaused) {
  Trial trial = begun();
  trial.pause(kNoon + 4min);
  EXPECT_FALSE(trial.is_due(kNoon + 10h));
  trial.resume(kNoon + 10h);
  EXPECT_FALSE(trial.is_due(kNoon + 10h + 6min - 1ms));
  EXPECT_TRUE(trial.is_due(kNoon + 10h + 6min));
}

TEST(Trial, PausedWhenItWasDueIsDueOnceItIsResumed) {
  Trial trial = begun();
  trial.pause(kNoon + 1h);
  EXPECT_EQ(trial.paused, 0ms);
  trial.resume(kNoon + 2h);
  EXPECT_TRUE(trial.is_due(kNoon + 2h));
}

TEST(Trial, PausedTwiceIsPausedOnce) {
  Trial trial = begun();
  trial.pause(kNoon + 4min);
  trial.pause(kNoon + 9min);
  EXPECT_EQ(trial.paused, 6min);
}

// In words it is what it is now, so that these begin now; they are said a moment later.
TEST(Trial, InWordsSaysWhatComesNext) {
  Trial trial =
      Trial::begin("v2", {{5, 600'000}, {25, 100'000'000}, {100, 0}}, Trial::Clock::now());
  EXPECT_EQ(in_words(trial), "v2: 5 %, next 25 % in 10 m");
  trial.advance(Trial::Clock::now());
  EXPECT_EQ(in_words(trial), "v2: 25 %, next 100 % in 28 h");
  trial.paused = 90s;
  EXPECT_EQ(in_words(trial), "v2: 25 %, next 100 % in 90 s once it is resumed");
  trial.resume(Trial::Clock::now() - 1h);
  EXPECT_EQ(in_words(trial), "v2: 25 %, next 100 % in 0 s");
  trial.advance(Trial::Clock::now());
  EXPECT_EQ(in_words(trial), "v2: 100 %");
}

}  // namespace
}  // namespace stoa::rollout
