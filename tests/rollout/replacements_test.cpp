// When plugins whose processes failed get another one.
#include "rollout/replacements.h"

#include <gtest/gtest.h>

namespace stoa::rollout {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const Replacements::Clock::time_point kEpoch{};

class Replaced : public testing::Test {
 protected:
  // After how long the next one comes; none if it is put aside.
  std::optional<milliseconds> fail(Replacements::Clock::time_point when, uint32_t most = 100) {
    const auto& standing = replacements.note({"chat", "v1", ++number}, "it ended", when,
                                             {.max_crashes = most, .crash_window_ms = 300'000});
    if (!standing.due) return std::nullopt;
    return std::chrono::duration_cast<milliseconds>(*standing.due - when);
  }

  Replacements replacements;
  uint64_t number = 0;
};

TEST_F(Replaced, LaterEachTime) {
  EXPECT_EQ(fail(kEpoch), milliseconds(100));
  EXPECT_EQ(fail(kEpoch + seconds(1)), milliseconds(200));
  EXPECT_EQ(fail(kEpoch + seconds(2)), milliseconds(400));
  for (int i = 0; i < 50; ++i) EXPECT_LE(fail(kEpoch + seconds(3)), seconds(30));
  EXPECT_EQ(fail(kEpoch + seconds(4)), seconds(30));
}

TEST_F(Replaced, SoonAgainWhenItWasWellForLong) {
  EXPECT_EQ(fail(kEpoch), milliseconds(100));
  EXPECT_EQ(fail(kEpoch + minutes(6)), milliseconds(100));
}

TEST_F(Replaced, NoMoreAfterTooManyFailuresUntilItIsRevived) {
  fail(kEpoch, 3);
  fail(kEpoch + seconds(1), 3);
  EXPECT_FALSE(replacements.revive("chat", "v1"));
  EXPECT_EQ(fail(kEpoch + seconds(2), 3), std::nullopt);
  EXPECT_TRUE(replacements.find("chat", "v1")->aside);
  EXPECT_EQ(replacements.next(), std::nullopt);
  EXPECT_TRUE(replacements.revive("chat", "v1"));
  EXPECT_FALSE(replacements.find("chat", "v1")->aside);
  EXPECT_EQ(fail(kEpoch + seconds(3), 3), milliseconds(100));
}

TEST_F(Replaced, WhenItsTimeHasCome) {
  fail(kEpoch);
  EXPECT_TRUE(replacements.knows({"chat", "v1", 1}));
  EXPECT_FALSE(replacements.knows({"chat", "v1", 2}));
  EXPECT_EQ(replacements.next(), kEpoch + milliseconds(100));
  EXPECT_TRUE(replacements.take_due(kEpoch + milliseconds(99)).empty());
  const auto due = replacements.take_due(kEpoch + milliseconds(100));
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].ns, "chat");
  EXPECT_EQ(due[0].version, "v1");
  EXPECT_EQ(due[0].number, 1U);
  EXPECT_TRUE(replacements.take_due(kEpoch + minutes(1)).empty());
}

}  // namespace
}  // namespace stoa::rollout
