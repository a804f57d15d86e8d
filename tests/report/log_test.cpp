#include "report/log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <regex>
#include <string>
#include <thread>
#include <vector>

#include "report/log_line.h"

namespace stoa::report {
namespace {

using namespace std::string_literals;

std::string written(Level least, Level level, std::string_view text) {
  testing::internal::CaptureStderr();
  Log(least).write(level, "net", text);
  return testing::internal::GetCapturedStderr();
}

std::string line(std::string_view text, const std::vector<Field>& fields = {}) {
  return log_line("net", text, fields);
}

TEST(Log, LineHasTimeLevelPartAndText) {
  const std::string out = written(Level::kInfo, Level::kWarn, "slow");
  EXPECT_TRUE(std::regex_match(
      out, std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d warning net: slow\n)")))
      << out;
}

TEST(Log, LinesBelowTheLeastLevelAreNotWritten) {
  EXPECT_EQ(written(Level::kWarn, Level::kInfo, "hidden"), "");
  EXPECT_NE(written(Level::kTrace, Level::kTrace, "shown"), "");
  const Log log(Level::kWarn);
  EXPECT_FALSE(log.enabled(Level::kInfo));
  EXPECT_TRUE(log.enabled(Level::kWarn));
  EXPECT_TRUE(log.enabled(Level::kError));
}

TEST(Log, BracesInATextAreOnlyText) {
  EXPECT_NE(written(Level::kInfo, Level::kInfo, "{} {0} %v").find("net: {} {0} %v\n"),
            std::string::npos);
}

TEST(Log, WritesNoColourIntoAPipe) {
  EXPECT_EQ(written(Level::kInfo, Level::kError, "plain").find('\x1b'), std::string::npos);
}

TEST(Log, ThreadsWriteWholeLines) {
  testing::internal::CaptureStderr();
  {
    Log log(Level::kInfo);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&log] {
        for (int n = 0; n < 100; ++n) log.info("net", "one line");
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  const std::string out = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::ranges::count(out, '\n'), 400);
  const std::regex whole("[^ ]+ info    net: one line\n");
  EXPECT_EQ(std::regex_replace(out, whole, ""), "");
}

TEST(LogLine, FieldsFollowTheText) {
  EXPECT_EQ(line("opened", {{"id", "c-1"}, {"user", "ann"}}), "net: opened id=c-1 user=ann");
}

TEST(LogLine, ValuesThatWouldBlurAreQuoted) {
  EXPECT_EQ(line("x", {{"a", ""}, {"b", "two words"}, {"c", "k=v"}, {"d", R"(say "\")"}}),
            R"(net: x a="" b="two words" c="k=v" d="say \"\\\"")");
}

TEST(LogLine, IsOneLineWhateverItHolds) {
  EXPECT_EQ(line("a\nb\r\tc\x1b[31m\x7f\0d"s), R"(net: a\nb\r\tc\x1b[31m\x7f)" + R"(\x00d)"s);
  EXPECT_EQ(line("x", {{"k\n", "v\n"}}), R"(net: x k\n=v\n)");
  EXPECT_EQ(log_line("plugin/a\nb", "x", {}), R"(plugin/a\nb: x)");
}

TEST(LogLine, UnicodeStaysButItsControlCharactersDoNot) {
  EXPECT_EQ(line("καφέ £"), "net: καφέ £");
  EXPECT_EQ(line("\xC2\x9B"
                 "31m"),
            R"(net: \xc2\x9b31m)");
}

TEST(LogLine, IsCutAt8KiBWhereACharacterBegins) {
  const std::string whole(kMaxLogLine - 5, 'x');
  EXPECT_EQ(line(whole), "net: " + whole);
  const std::string longer = line(whole + "y");
  EXPECT_EQ(longer.size(), kMaxLogLine);
  EXPECT_TRUE(longer.ends_with("xxx..."));
  const std::string wide = line(std::string(kMaxLogLine - 9, 'x') + "éééé");
  EXPECT_TRUE(wide.ends_with("x..."));
  EXPECT_LT(line(std::string(1'000'000, '\n'), {{"k", std::string(1'000'000, ' ')}}).size(),
            kMaxLogLine + 1);
}

TEST(Level, HasTheNameOfTheManifest) {
  EXPECT_EQ(level_named("trace"), Level::kTrace);
  EXPECT_EQ(level_named("warn"), Level::kWarn);
  EXPECT_EQ(level_named("error"), Level::kError);
  EXPECT_EQ(level_named("WARN"), std::nullopt);
  EXPECT_EQ(level_named(""), std::nullopt);
}

}  // namespace
}  // namespace stoa::report
