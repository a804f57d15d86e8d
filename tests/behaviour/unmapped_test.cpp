// Plugins that run in processes of their own: the server runs nothing of them.
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>

#include "rollout.h"

namespace stoa::behaviour {
namespace {

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Serves the fixture traced, which the namespace "room" has from the start or gets.
class Traces : public testing::Test {
 protected:
  Traces() : trace_(folder_.path() / "trace") {}

  static std::string traced(const std::string& number, const std::string& run) {
    return served("room", "traced_" + number, "run = \"" + run + "\"\n") +
           "[namespace.room.process]\nenvironment = [\"STOA_TRACE\"]\n";
  }
  [[nodiscard]] Served with(const std::string& namespaces) const {
    return {.namespaces = namespaces, .variables = {{"STOA_TRACE", trace_.string()}}};
  }

  // The processes that have mapped it so far.
  [[nodiscard]] std::set<pid_t> found() const {
    std::istringstream lines(text_of(trace_));
    return {std::istream_iterator<pid_t>(lines), {}};
  }
  static pid_t server_of(RollingServer& rolling) { return rolling.server().process().pid(); }
  static bool maps_it(RollingServer& rolling) {
    const std::string maps = text_of("/proc/" + std::to_string(server_of(rolling)) + "/maps");
    EXPECT_NE(maps.find("/stoa"), std::string::npos) << maps;
    return maps.find("traced") != std::string::npos;
  }
  void expect_nothing_of_it_in(RollingServer& rolling) const {
    EXPECT_FALSE(maps_it(rolling));
    EXPECT_FALSE(found().contains(server_of(rolling)));
  }

 private:
  kit::TemporaryFolder folder_;
  const std::filesystem::path trace_;
};

TEST_F(Traces, OfAPluginInAProcessAreNotTheServers) {
  RollingServer rolling(with(traced("1", "process")));
  Guest alice(rolling.url());
  EXPECT_EQ(alice.ask("version"), "1.0.0");
  expect_nothing_of_it_in(rolling);
  const auto pid = rolling.control().version("room", "v1")["pid"].get<pid_t>();
  EXPECT_TRUE(found().contains(pid));
  // Nor of one that comes while it serves, nor of one that nobody uses any more.
  rolling.reload(traced("2", "process"));
  rolling.control().wait_until([&] { return alice.ask("version") == "2.0.0"; });
  expect_nothing_of_it_in(rolling);
  EXPECT_EQ(rolling.control().status()["retired"].size(), 0u);
}

TEST_F(Traces, AreTheServersOnceItRunsThere) {
  RollingServer rolling(with(traced("1", "process")));
  Guest alice(rolling.url());
  expect_nothing_of_it_in(rolling);
  rolling.reload(traced("1", "loop"));
  EXPECT_EQ(rolling.control().version("room", "v1")["run"], "loop");
  EXPECT_EQ(alice.ask("version"), "1.0.0");
  EXPECT_EQ(alice.story(), kUndisturbed);
  EXPECT_TRUE(maps_it(rolling));
  EXPECT_TRUE(found().contains(server_of(rolling)));
}

}  // namespace
}  // namespace stoa::behaviour
