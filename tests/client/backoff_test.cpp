#include "backoff.h"

#include <gtest/gtest.h>

namespace stoa::client {
namespace {

using std::chrono::milliseconds;

TEST(ClientBackoff, DoublesUpToItsCeiling) {
  Backoff backoff(
      {.first_delay = milliseconds(100), .max_delay = milliseconds(1'000), .jitter = 0.0}, 1);
  EXPECT_EQ(backoff.before_try(1), milliseconds(100));
  EXPECT_EQ(backoff.before_try(2), milliseconds(200));
  EXPECT_EQ(backoff.before_try(4), milliseconds(800));
  EXPECT_EQ(backoff.before_try(5), milliseconds(1'000));
  EXPECT_EQ(backoff.before_try(4'000'000'000), milliseconds(1'000));
}

TEST(ClientBackoff, JitterSpreadsClientsAndOnlyShortens) {
  const Reconnect policy{
      .first_delay = milliseconds(1'000), .max_delay = milliseconds(1'000), .jitter = 0.5};
  milliseconds least = milliseconds::max();
  milliseconds most{0};
  for (uint64_t seed = 0; seed < 1'000; ++seed) {
    const milliseconds wait = Backoff(policy, seed).before_try(1);
    least = std::min(least, wait);
    most = std::max(most, wait);
  }
  EXPECT_GE(least, milliseconds(500));
  EXPECT_LT(least, milliseconds(550));
  EXPECT_LE(most, milliseconds(1'000));
  EXPECT_GT(most, milliseconds(950));
}

TEST(ClientBackoff, NeverIsNoWaitAtAll) {
  Backoff backoff({.first_delay = milliseconds(0), .max_delay = milliseconds(0), .jitter = 1.0}, 1);
  EXPECT_EQ(backoff.before_try(1), milliseconds(1));
}

}  // namespace
}  // namespace stoa::client
