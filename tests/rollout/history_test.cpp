#include "rollout/history.h"

#include <gtest/gtest.h>

namespace stoa::rollout {
namespace {

TEST(History, BeginsEmpty) {
  const History history(3);
  EXPECT_EQ(history.last_number(), 0u);
  EXPECT_EQ(history.find(1), nullptr);
}

TEST(History, ForgetsTheOldestFirst) {
  History history(3);
  for (uint64_t number = 1; number <= 5; ++number) {
    history.add({.number = number, .text = "step " + std::to_string(number)});
  }
  ASSERT_EQ(history.all().size(), 3u);
  EXPECT_EQ(history.last_number(), 5u);
  EXPECT_EQ(history.find(2), nullptr);
  ASSERT_NE(history.find(3), nullptr);
  EXPECT_EQ(history.find(3)->text, "step 3");
  EXPECT_EQ(history.all().front().number, 3u);
}

}  // namespace
}  // namespace stoa::rollout
