// The text of a rollout's schedule.
#include "manifest/schedule.h"

#include <gtest/gtest.h>

#include <string>

namespace stoa::manifest {
namespace {

using namespace std::string_view_literals;

using Steps = std::vector<Step>;

std::optional<Steps> parsed(std::string_view text) {
  std::string wanted;
  return parse_schedule(text, wanted);
}

// What the text is refused with.
std::string wanted_of(std::string_view text) {
  std::string wanted;
  return parse_schedule(text, wanted) ? "accepted" : wanted;
}

TEST(Schedule, IsPercentsThatAreHeldForATime) {
  EXPECT_EQ(parsed("5% 10m, 25% 30m, 100%"), (Steps{{5, 600'000}, {25, 1'800'000}, {100, 0}}));
  EXPECT_EQ(parsed("1% 1s, 2% 2m, 3% 3h, 99% 4d, 100%"),
            (Steps{{1, 1000}, {2, 120'000}, {3, 10'800'000}, {99, 345'600'000}, {100, 0}}));
  EXPECT_EQ(parsed("50% 365d, 100%"), (Steps{{50, 31'536'000'000}, {100, 0}}));
}

TEST(Schedule, MayBeAllAtOnce) {
  EXPECT_EQ(parsed("100%"), (Steps{{100, 0}}));
}

TEST(Schedule, TakesBlanksAroundItsParts) {
  EXPECT_EQ(parsed("  5%\t 10m ,100% "), (Steps{{5, 600'000}, {100, 0}}));
  EXPECT_EQ(parsed("5% 10m,100%"), (Steps{{5, 600'000}, {100, 0}}));
}

TEST(Schedule, IsWrittenAsItIsRead) {
  for (const std::string text : {"5% 10m, 25% 30m, 100%", "1% 90s, 2% 3h, 3% 2d, 100%", "100%"}) {
    EXPECT_EQ(schedule_text(parsed(text).value()), text);
  }
  EXPECT_EQ(schedule_text(parsed("1% 60s, 2% 120m, 3% 48h, 100%").value()),
            "1% 1m, 2% 2h, 3% 2d, 100%");
}

TEST(Schedule, BeginsEachStepWithAPercentage) {
  for (const auto text :
       {""sv, ","sv, "10m"sv, "5 10m, 100%"sv, "0% 10m, 100%"sv, "101%"sv, "-5% 10m, 100%"sv,
        "5.5% 10m, 100%"sv, "+5% 10m, 100%"sv, "5 % 10m, 100%"sv, "%"sv, "5% 10m,, 100%"sv,
        "18446744073709551621% 1m, 100%"sv, "100%\0"sv}) {
    EXPECT_EQ(wanted_of(text),
              "steps that begin with a whole percentage from 1% to 100%, like \"5% 10m, 25% 30m, "
              "100%\"")
        << text;
  }
}

TEST(Schedule, HoldsEachStepButTheLastForATime) {
  for (const auto text :
       {"5%, 100%"sv, "5% 10m, 100%,"sv, "5% 10, 100%"sv, "5% m, 100%"sv, "5% 0m, 100%"sv,
        "5% 10w, 100%"sv, "5% 10 m, 100%"sv, "5% 1h30m, 100%"sv, "5% 366d, 100%"sv,
        "5% 18446744073709551615d, 100%"sv, "5% 213503982335d, 100%"sv, "5% -1m, 100%"sv,
        "5% 1.5h, 100%"sv, "5% 10M, 100%"sv}) {
    EXPECT_EQ(wanted_of(text),
              "a time in s, m, h or d, of at most 365 days, with each step but the last, like "
              "\"5% 10m, 25% 30m, 100%\"")
        << text;
  }
}

TEST(Schedule, EndsWithAll) {
  for (const auto text : {"5%"sv, "5% 10m"sv, "5% 10m, 99%"sv, "5% 10m, 100% 10m"sv}) {
    EXPECT_EQ(wanted_of(text),
              "100% as the last step, without a time, like \"5% 10m, 25% 30m, 100%\"")
        << text;
  }
}

TEST(Schedule, Rises) {
  for (const auto text :
       {"5% 10m, 5% 10m, 100%"sv, "25% 10m, 5% 10m, 100%"sv, "100% 10m, 100%"sv}) {
    EXPECT_EQ(wanted_of(text),
              "percents that rise from step to step, like \"5% 10m, 25% 30m, 100%\"")
        << text;
  }
}

}  // namespace
}  // namespace stoa::manifest
