// Where a rollback goes that was not told where.
#include "rollout/way_back.h"

#include <gtest/gtest.h>

#include "rollout/steps.h"
#include "scenery.h"

namespace stoa::rollout {
namespace {

// The steps of one namespace.
class WayBack : public testing::Test {
 protected:
  // What came of the step is recorded.
  void taken(const std::string& by = "root") {
    history.add({.number = history.last_number() + 1,
                 .time = {},
                 .by = by,
                 .ns = "chat",
                 .text = "",
                 .scene = {now}});
  }
  void put_out(const std::string& version) {
    retire(now, version);
    taken("guard");
  }
  // Version v2 gets so many percent.
  void weigh(uint32_t percent) {
    set_weights(now, {{"v2", percent}});
    taken();
  }
  uint64_t back() { return way_back(history, now); }

  History history{100};
  Wanted now = chat({{"v1", 100}, {"v2", 0}});
};

TEST_F(WayBack, IsHowItWasLastDifferent) {
  taken("start");
  weigh(10);
  weigh(20);
  EXPECT_EQ(back(), 2u);
  weigh(20);
  EXPECT_EQ(back(), 2u);
}

TEST_F(WayBack, OfWhatNeverChangedIsNowhere) {
  taken("start");
  EXPECT_EQ(refusal([this] { static_cast<void>(back()); }),
            "Namespace \"chat\" has not changed since the first rollout that is remembered; there "
            "is nothing to go back to.");
}

TEST_F(WayBack, LeadsPastAVersionThatTheGuardPutOutSince) {
  now.out = {"v2"};
  taken("start");
  now.spec.stay_ms = 1;
  taken();
  weigh(10);
  weigh(20);
  put_out("v2");
  EXPECT_EQ(back(), 1u);
}

TEST_F(WayBack, IsNowhereIfAllThatWasHadThatVersion) {
  taken("start");
  weigh(10);
  put_out("v2");
  EXPECT_EQ(refusal([this] { static_cast<void>(back()); }),
            "Whatever namespace \"chat\" was before is the middle of a schedule, or has a version "
            "that the guard put out since; `stoa ctl rollback chat --to NUMBER` goes there all the "
            "same.");
}

TEST_F(WayBack, LeadsToAnotherLibraryOrConfigOfThatName) {
  now.builds[1].sha256 = "another";
  weigh(10);
  now.builds[1].sha256 = "the bad one";
  weigh(20);
  put_out("v2");
  EXPECT_EQ(back(), 1u);
  weigh(30);
  now.spec.versions[1].config_json = "{\"another\":1}";
  weigh(30);
  weigh(40);
  put_out("v2");
  EXPECT_EQ(back(), 4u);
}

TEST_F(WayBack, LeadsPastAVersionThatCrashedTheServer) {
  now.out = {"v2"};
  taken("start");
  weigh(10);
  retire(now, "v2");
  now.crashes["v2 sha-of-v2"] = 1;
  now.spec.stay_ms = 1;
  taken("start");
  EXPECT_EQ(back(), 1u);
  weigh(20);
  EXPECT_EQ(back(), 3u);
  weigh(30);
  EXPECT_EQ(back(), 4u);
}

// It has been let in again by somebody who knew.
TEST_F(WayBack, LeadsToAVersionThatCameBackAfterTheGuardPutItOut) {
  taken("start");
  weigh(10);
  put_out("v2");
  weigh(20);
  weigh(30);
  EXPECT_EQ(back(), 4u);
}

TEST_F(WayBack, OfAScheduleIsBeforeItBegan) {
  taken("start");
  promote_by(now, "v2", kInSteps);
  taken();
  advance(now);
  taken("schedule");
  EXPECT_EQ(back(), 1u);
  advance(now);
  taken("schedule");
  EXPECT_EQ(back(), 1u);
}

}  // namespace
}  // namespace stoa::rollout
