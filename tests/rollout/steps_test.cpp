// Each step, and why it may be refused.
#include "rollout/steps.h"

#include <gtest/gtest.h>

#include "scenery.h"

namespace stoa::rollout {
namespace {

TEST(SetWeights, TheOthersShareTheRestAsBefore) {
  Wanted ns = chat({{"v1", 60}, {"v2", 30}, {"v3", 10}});
  set_weights(ns, {{"v3", 40}});
  EXPECT_EQ(in_words(ns), "v1 40 %, v2 20 %, v3 40 %");
}

TEST(SetWeights, MakeAHundredWhateverIsAsked) {
  for (uint32_t percent = 0; percent <= 100; ++percent) {
    Wanted ns = chat({{"v1", 34}, {"v2", 33}, {"v3", 33}});
    set_weights(ns, {{"v2", percent}});
    EXPECT_EQ(sum(ns), 100u) << in_words(ns);
    EXPECT_EQ(weight(ns, "v2"), percent);
    set_weights(ns, {{"v1", 100 - percent}});
    EXPECT_EQ(sum(ns), 100u) << in_words(ns);
  }
}

TEST(SetWeights, WhatNobodyElseHadIsTheStableVersions) {
  Wanted ns = chat({{"v1", 0}, {"v2", 100}, {"v3", 0}});
  set_weights(ns, {{"v2", 70}});
  EXPECT_EQ(in_words(ns), "v1 30 %, v2 70 %, v3 0 %");
}

TEST(SetWeights, AVersionThatDidNotRunRunsWithItsWeight) {
  Wanted ns = chat({{"v1", 100}, {"v2", 0}});
  ns.out = {"v2"};
  set_weights(ns, {{"v2", 10}});
  EXPECT_EQ(in_words(ns), "v1 90 %, v2 10 %");
}

TEST(SetWeights, AVersionThatDoesNotRunGetsNothingOfTheRest) {
  Wanted ns = chat({{"v1", 100}, {"v2", 0}, {"v3", 0}});
  ns.out = {"v2"};
  set_weights(ns, {{"v3", 10}});
  EXPECT_EQ(in_words(ns), "v1 90 %, v3 10 %");
  EXPECT_EQ(sum(ns), 100u);
}

TEST(SetWeights, EndASchedule) {
  Wanted ns = chat({{"v1", 100}, {"v2", 0}});
  promote_by(ns, "v2", kInSteps);
  ns.note = "guard: v2 put out";
  set_weights(ns, {{"v2", 50}});
  EXPECT_FALSE(ns.trial);
  EXPECT_EQ(ns.note, "");
}

TEST(SetWeights, OfAVersionThatIsNotThereNamesThoseThatAre) {
  Wanted ns = chat({{"v1", 90}, {"v2", 10}});
  EXPECT_EQ(refusal([&] {
              set_weights(ns, {{"v9", 10}});
            }),
            "Namespace \"chat\" has no version \"v9\"; it has v1, v2.");
  EXPECT_EQ(in_words(ns), "v1 90 %, v2 10 %");
}

TEST(SetWeights, ThatMakeNoHundredAreRefused) {
  Wanted ns = chat({{"v1", 90}, {"v2", 10}});
  EXPECT_EQ(refusal([&] {
              set_weights(ns, {{"v1", 60}, {"v2", 50}});
            }),
            "The weights given make 110 %; want at most 100, and 100 if every version that runs is "
            "given one.");
  EXPECT_EQ(refusal([&] {
              set_weights(ns, {{"v1", 60}, {"v2", 30}});
            }),
            "The weights given make 90 %; want at most 100, and 100 if every version that runs is "
            "given one.");
  EXPECT_EQ(in_words(ns), "v1 90 %, v2 10 %");
}

TEST(Promote, GivesAVersionEverybodyAndEndsTheOthers) {
  Wanted ns = chat({{"v1", 60}, {"v2", 30}, {"v3", 10}});
  ns.note = "guard: v2 put out";
  promote(ns, "v2");
  EXPECT_EQ(in_words(ns), "v2 100 %");
  EXPECT_EQ(ns.stable, "v2");
  EXPECT_EQ(ns.out, (std::set<std::string>{"v1", "v3"}));
  EXPECT_EQ(sum(ns), 100u);
  EXPECT_EQ(ns.note, "");
}

TEST(Promote, OneThatIsOutComesBack) {
  Wanted ns = chat({{"v1", 60}, {"v2", 40}});
  promote(ns, "v2");
  promote(ns, "v1");
  EXPECT_EQ(in_words(ns), "v1 100 %");
  EXPECT_EQ(ns.stable, "v1");
}

TEST(Promote, AVersionThatIsNotThereIsRefused) {
  Wanted ns = chat({{"v1", 100}});
  EXPECT_EQ(refusal([&] { promote(ns, "v2"); }),
            "Namespace \"chat\" has no version \"v2\"; it has v1.");
}

TEST(PromoteBy, BeginsWithTheFirstStep) {
  Wanted ns = chat({{"v1", 100}, {"v2", 0}});
  ns.out = {"v2"};
  promote_by(ns, "v2", kInSteps);
  EXPECT_EQ(in_words(ns), "v1 95 %, v2 5 %");
  EXPECT_EQ(ns.stable, "v1");
  ASSERT_TRUE(ns.trial);
  EXPECT_EQ(ns.trial->version, "v2");
}

TEST(PromoteBy, OneStepIsToPromote) {
  Wanted ns = chat({{"v1", 100}, {"v2", 0}});
  promote_by(ns, "v2", {{100, 0}});
  EXPECT_EQ(in_words(ns), "v2 100 %");
  EXPECT_FALSE(ns.trial);
}

TEST(PromoteBy, TheStableVersionIsRefused) {
  Wanted ns = chat({{"v1", 100}, {"v2", 0}});
  EXPECT_EQ(refusal([&] { promote_by(ns, "v1", kInSteps); }),
            "Version \"v1\" is the stable one of namespace \"chat\" already.");
}

TEST(Advance, GoesOnStepByStepAndPromotesInTheEnd) {
  Wanted ns = chat({{"v1", 60}, {"v2", 0}, {"v3", 40}});
  promote_by(ns, "v2", kInSteps);
  EXPECT_EQ(in_words(ns), "v1 57 %, v2 5 %, v3 38 %");
  advance(ns);
  EXPECT_EQ(weight(ns, "v2"), 25u);
  EXPECT_EQ(sum(ns), 100u);
  EXPECT_EQ(ns.stable, "v1");
  advance(ns);
  EXPECT_EQ(in_words(ns), "v2 100 %");
  EXPECT_EQ(ns.stable, "v2");
  EXPECT_FALSE(ns.trial);
}

TEST(Pause, StopsAScheduleAndResumesIt) {
  Wanted ns = chat({{"v1", 100}, {"v2", 0}});
  promote_by(ns, "v2", kInSteps);
  pause(ns, true);
  EXPECT_TRUE(ns.trial->paused);
  EXPECT_EQ(refusal([&] { pause(ns, true); }),
            "The schedule of namespace \"chat\" is paused already.");
  pause(ns, false);
  EXPECT_FALSE(ns.trial->paused);
  EXPECT_EQ(refusal([&] { pause(ns, false); }),
            "The schedule of namespace \"chat\" is not paused.");
}

TEST(Pause, WithoutAScheduleSaysWhatBeginsOne) {
  Wanted ns = chat({{"v1", 100}, {"v2", 0}});
  EXPECT_EQ(refusal([&] { pause(ns, true); }),
            "Namespace \"chat\" has no schedule; `stoa ctl promote NS VERSION --schedule` begins "
            "one.");
}

TEST(Retire, TheOthersShareWhatItHad) {
  Wanted ns = chat({{"v1", 60}, {"v2", 30}, {"v3", 10}});
  retire(ns, "v3");
  EXPECT_EQ(in_words(ns), "v1 67 %, v2 33 %");
  EXPECT_EQ(weight(ns, "v3"), 0u);
  EXPECT_EQ(sum(ns), 100u);
}

TEST(Retire, TheStableVersionLeavesThatToTheLargest) {
  Wanted ns = chat({{"v1", 60}, {"v2", 10}, {"v3", 30}});
  retire(ns, "v1");
  EXPECT_EQ(ns.stable, "v3");
  EXPECT_EQ(in_words(ns), "v2 25 %, v3 75 %");
}

TEST(Retire, IfNobodyElseHadAnythingTheStableVersionHasAll) {
  Wanted ns = chat({{"v1", 0}, {"v2", 100}, {"v3", 0}});
  retire(ns, "v2");
  EXPECT_EQ(in_words(ns), "v1 100 %, v3 0 %");
}

TEST(Retire, EndsTheScheduleOfThatVersionOnly) {
  Wanted ns = chat({{"v1", 90}, {"v2", 0}, {"v3", 10}});
  promote_by(ns, "v2", kInSteps);
  retire(ns, "v3");
  EXPECT_TRUE(ns.trial);
  retire(ns, "v2");
  EXPECT_FALSE(ns.trial);
  EXPECT_EQ(in_words(ns), "v1 100 %");
}

// The version on trial is all that is left, and there is nothing to grow any more.
TEST(Retire, TheOnlyOtherVersionEndsTheScheduleToo) {
  Wanted ns = chat({{"v1", 100}, {"v2", 0}});
  promote_by(ns, "v2", kInSteps);
  retire(ns, "v1");
  EXPECT_EQ(in_words(ns), "v2 100 %");
  EXPECT_EQ(ns.stable, "v2");
  EXPECT_FALSE(ns.trial);
}

TEST(Retire, TheOnlyOneThatRunsIsRefused) {
  Wanted ns = chat({{"v1", 100}, {"v2", 0}});
  ns.out = {"v2"};
  EXPECT_EQ(refusal([&] { retire(ns, "v1"); }),
            "Version \"v1\" is the only one of namespace \"chat\" that runs; promote another one "
            "first.");
  EXPECT_EQ(refusal([&] { retire(ns, "v2"); }),
            "Version \"v2\" of namespace \"chat\" does not run.");
  EXPECT_EQ(refusal([&] { retire(ns, "v3"); }),
            "Namespace \"chat\" has no version \"v3\"; it has v1, v2.");
  EXPECT_EQ(in_words(ns), "v1 100 %");
}

}  // namespace
}  // namespace stoa::rollout
