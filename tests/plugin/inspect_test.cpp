#include "cli/inspect.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "folder.h"
#include "report/startup_error.h"

namespace stoa::cli {
namespace {

using nlohmann::json;
using plugin::fixtures;

TEST(Inspect, OfAGoodPluginTellsScriptsEverything) {
  std::ostringstream out;
  EXPECT_EQ(run_inspect(fixtures() / "good_1.so", true, out), 0);
  const json found = json::parse(out.str());
  EXPECT_EQ(found["name"], "good");
  EXPECT_EQ(found["version"], "1.0.0");
  EXPECT_EQ(found["abi"], (json{{"major", 1}, {"minor", 1}}));
  EXPECT_EQ(found["handles"], json{"message"});
  EXPECT_EQ(found["events"], (json{"where", "count"}));
  EXPECT_EQ(found["capabilities"], json::array());
  EXPECT_EQ(found["exports"], json{"stoa_plugin_entry"});
  EXPECT_EQ(found["unique"], json::array());
  EXPECT_EQ(found["complaints"], json::array());
}

TEST(Inspect, OfAGoodPluginReadsWell) {
  std::ostringstream out;
  EXPECT_EQ(run_inspect(fixtures() / "good_1.so", false, out), 0);
  EXPECT_NE(out.str().find("  plugin          good 1.0.0\n"), std::string::npos) << out.str();
  EXPECT_NE(out.str().find("  events          where, count\n"), std::string::npos) << out.str();
  EXPECT_TRUE(out.str().ends_with("nothing is wrong with it\n")) << out.str();
}

TEST(Inspect, NamesWhatPassesBetweenVersions) {
  std::ostringstream out;
  EXPECT_EQ(run_inspect(fixtures() / "mover_1.so", true, out), 0);
  EXPECT_EQ(json::parse(out.str())["handles"],
            (json{"disconnect", "message", "answer", "timer", "posted", "config", "self-test",
                  "export", "exported", "import", "judge"}));
}

TEST(Inspect, NamesWhatATakeOverIsToldBy) {
  std::ostringstream out;
  EXPECT_EQ(run_inspect(fixtures() / "heir_1.so", true, out), 0);
  EXPECT_EQ(json::parse(out.str())["handles"],
            (json{"connect", "connected", "disconnect", "room joined", "room left", "message",
                  "answer", "timer", "posted", "judge", "attach"}));
}

TEST(Inspect, TellsEveryFaultAndHowToMendIt) {
  std::ostringstream out;
  EXPECT_EQ(run_inspect(fixtures() / "exports_too_much.so", false, out), 1);
  EXPECT_TRUE(
      out.str().ends_with("wrong: it exports more than stoa_plugin_entry: parse_config\n"
                          " mend: keep them local with a version script, or build with "
                          "stoa_add_plugin()\n"))
      << out.str();
}

TEST(Inspect, SaysItInASentence) {
  std::ostringstream out;
  EXPECT_EQ(run_inspect(fixtures() / "newer_major.so", false, out), 1);
  EXPECT_NE(out.str().find("wrong: it is built for ABI 2.0, and this host speaks 1.0 to 1.1\n"),
            std::string::npos)
      << out.str();
}

TEST(Inspect, ShowsWhatCanBeKnownOfAPluginThatDoesNotLoad) {
  std::ostringstream out;
  EXPECT_EQ(run_inspect(fixtures() / "aborting_constructor.so", true, out), 1);
  const json found = json::parse(out.str());
  EXPECT_FALSE(found.contains("name"));
  EXPECT_EQ(found["exports"], json{"stoa_plugin_entry"});
  EXPECT_EQ(found["complaints"].size(), 1u);
}

TEST(Inspect, OfNoFileIsAnError) {
  std::ostringstream out;
  EXPECT_THROW((void)run_inspect("/nowhere/plugin.so", false, out), report::StartupError);
}

}  // namespace
}  // namespace stoa::cli
