// Callbacks that are slow, and those that never return.
#include <gtest/gtest.h>

#include "handover.h"
#include "rollout.h"

namespace stoa::behaviour {
namespace {

// A namespace "room" whose plugin stands at a gate, and one that has nothing to do with it.
class Standing {
 public:
  explicit Standing(const std::string& run, const std::string& plugin_keys,
                    const std::string& aside = "mover_1")
      : rolling({.namespaces = served("room", "pilgrim_1",
                                      "run = \"" + run + "\"\nconfig = { stand_gate = \"" +
                                          path().string() + "\" }") +
                               served("aside", aside, "run = \"thread\""),
                 .plugin_keys = plugin_keys}) {}

  [[nodiscard]] kit::Json callbacks() const { return rolling.control().status()["callbacks"]; }
  [[nodiscard]] kit::Json v1() const { return rolling.control().version("room", "v1"); }

  // Another instance has taken the place of the one that failed, and its member.
  void wait_for_the_next(Guest& member) const {
    rolling.control().wait_until([&] { return member.place.try_ask("version").body == "1.0.0"; });
  }
  // As an operator reads it.
  [[nodiscard]] std::string status_text() {
    kit::Process status({kit::stoa_binary().string(), "ctl", "--config",
                         (rolling.server().folder().path() / "stoa.toml").string(), "status"});
    EXPECT_EQ(status.wait_exit(), 0) << status.log();
    return status.output();
  }

 private:
  [[nodiscard]] std::filesystem::path path() const { return folder_.path() / "gate"; }
  kit::TemporaryFolder folder_;

 public:
  FifoGate gate{path()};
  RollingServer rolling;
};

class SlowCallbacks : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Each, SlowCallbacks, testing::Values("loop", "thread", "process"),
                         [](const auto& where) { return std::string(where.param); });

TEST_P(SlowCallbacks, AreNamedWhileTheyRun) {
  Standing standing(GetParam(), "slow_callback_ms = 40\n");
  Guest alice(standing.rolling.url());
  alice.place.emit("stand");
  standing.rolling.control().wait_until([&] { return !standing.callbacks().empty(); });
  const kit::Json callback = standing.callbacks().at(0);
  EXPECT_EQ(callback["namespace"], "room");
  EXPECT_EQ(callback["version"], "v1");
  EXPECT_EQ(callback["event"], "event message \"stand\"");
  EXPECT_NE(callback["where"], "");
  EXPECT_GE(callback["ms"], 40);
  EXPECT_NE(standing.status_text().find("room v1: event message \"stand\" runs on "),
            std::string::npos);
  const bool on_loop = GetParam() == std::string("loop");
  EXPECT_TRUE(standing.rolling.says(on_loop ? "a callback takes long, and holds up everybody"
                                            : "a callback takes long"));
  standing.gate.let_through();
  EXPECT_EQ(alice.ask("version"), "1.0.0");
  standing.rolling.control().wait_until([&] { return standing.callbacks().empty(); });
  EXPECT_EQ(standing.v1()["slow"], 1);
}

constexpr char kSoon[] = "slow_callback_ms = 40\nstuck_callback_ms = 300\n";

// Others take over from it, and the end of the server does not wait for it either.
TEST(StuckCallbacks, OnAThreadAreLeftBehind) {
  Standing standing("thread", kSoon);
  Guest bob(standing.rolling.url(), "aside");
  Guest alice(standing.rolling.url());
  EXPECT_EQ(alice.place.try_ask("stand").body, "handler unavailable");
  EXPECT_TRUE(standing.rolling.says("a plugin's thread is stuck, and is left behind"));
  standing.wait_for_the_next(alice);
  EXPECT_EQ(standing.v1()["failures"], 1);
  EXPECT_EQ(bob.ask("version"), "1.0.0");
  EXPECT_EQ(bob.story(), kUndisturbed);
  standing.rolling.server().signal(SIGTERM);
  EXPECT_EQ(standing.rolling.server().wait_exit(), 0);
}

// One that hangs when the server ends, and is not taken for stuck yet, ends with it: the others
// have their end, and who hangs is named.
TEST(StuckCallbacks, AtTheEndOfTheServerTakeNothingFromTheOthers) {
  Standing standing("thread", "stuck_callback_ms = 60000\n", "pilgrim_2");
  Guest bob(standing.rolling.url(), "aside");
  Guest alice(standing.rolling.url());
  alice.place.emit("stand");
  standing.rolling.control().wait_until([&] { return !standing.callbacks().empty(); });
  standing.rolling.server().signal(SIGTERM);
  EXPECT_EQ(standing.rolling.server().wait_exit(), 3);
  const std::string log = standing.rolling.log();
  EXPECT_NE(log.find("2 destroyed"), std::string::npos) << log;
  EXPECT_NE(log.find("a version does not end: it is left behind namespace=room version=v1"),
            std::string::npos)
      << log;
}

// Also if nothing is reported as slow.
TEST(StuckCallbacks, AreFoundHoweverLongTheSlowMayTake) {
  Standing standing("thread", "slow_callback_ms = 600000\nstuck_callback_ms = 300\n");
  Guest alice(standing.rolling.url());
  EXPECT_EQ(alice.place.try_ask("stand").body, "handler unavailable");
  EXPECT_EQ(standing.v1()["slow"], 0);
}

TEST(StuckCallbacks, MayReturnWhenNobodyWaitsForThem) {
  Standing standing("thread", kSoon);
  Guest alice(standing.rolling.url());
  EXPECT_EQ(alice.place.try_ask("stand").body, "handler unavailable");
  standing.wait_for_the_next(alice);
  standing.gate.let_through();
  EXPECT_EQ(alice.ask("seq", "1"), "1");
  EXPECT_EQ(alice.ask("seq", "2"), "2");
}

TEST(StuckCallbacks, OfAVersionThatIsStuckTooOftenPutItAside) {
  Standing standing("thread", kSoon);
  standing.rolling.reload(standing.rolling.rest().namespaces +
                          "[namespace.room.process]\nmax_crashes = 1\n");
  Guest alice(standing.rolling.url());
  EXPECT_EQ(alice.place.try_ask("stand").body, "handler unavailable");
  standing.rolling.control().wait_until([&] { return standing.v1()["state"] == "aside"; });
  EXPECT_NE(standing.v1()["trouble"].get<std::string>().find(
                "event message \"stand\" did not return for "),
            std::string::npos);
  standing.rolling.control().take({"revive", "room"});
  standing.wait_for_the_next(alice);
}

}  // namespace
}  // namespace stoa::behaviour
