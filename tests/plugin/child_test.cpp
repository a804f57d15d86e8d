#include "plugin/child.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <stdexcept>

namespace stoa::plugin {
namespace {

using namespace std::chrono_literals;
using End = ChildResult::End;

TEST(Child, BringsBackAResultOfAnySize) {
  const auto result = run_in_child([] { return std::string(1'000'000, 'x'); }, 10s);
  EXPECT_EQ(result.end, End::kReturned);
  EXPECT_EQ(result.text, std::string(1'000'000, 'x'));
}

TEST(Child, BringsBackAnExceptionsText) {
  const auto result =
      run_in_child([]() -> std::string { throw std::runtime_error("no such luck"); }, 10s);
  EXPECT_EQ(result.end, End::kThrew);
  EXPECT_EQ(result.text, "no such luck");
}

TEST(Child, ThatDiesLeavesItsSignalAndWhatItSaid) {
  const auto result = run_in_child(
      []() -> std::string {
        std::fputs("first line\n\n\tlast line\x1b\n", stderr);
        ::raise(SIGKILL);
        return "";
      },
      10s);
  EXPECT_EQ(result.end, End::kDied);
  EXPECT_EQ(result.text, "SIGKILL");
  EXPECT_EQ(result.said, "first line last line?");
}

TEST(Child, ThatLeavesQuietlyIsNotedWithItsExitCode) {
  const auto result = run_in_child([]() -> std::string { ::_exit(7); }, 10s);
  EXPECT_EQ(result.end, End::kDied);
  EXPECT_EQ(result.text, "exit code 7");
}

TEST(Child, ThatHangsIsKilledAtTheDeadline) {
  const auto result = run_in_child(
      []() -> std::string {
        for (;;) ::pause();
      },
      50ms);
  EXPECT_EQ(result.end, End::kHung);
}

TEST(Child, ThatNeverStopsTalkingIsKilledAtTheDeadline) {
  const auto result = run_in_child(
      []() -> std::string {
        for (;;) std::fputs("and another thing ", stderr);
      },
      50ms);
  EXPECT_EQ(result.end, End::kHung);
  EXPECT_LE(result.said.size(), 300u);
}

}  // namespace
}  // namespace stoa::plugin
