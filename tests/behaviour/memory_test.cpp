// What is remembered of rollouts over a restart, and over a crash.
#include <stdexcept>

#include "rollout.h"

namespace stoa::behaviour {
namespace {

std::string two(const std::string& of_v2 = "weight = 0") {
  return version("room", "v1", "mover_1") + version("room", "v2", "mover_2", of_v2);
}

class Memory : public testing::Test {
 protected:
  [[nodiscard]] Served remembering(const std::string& namespaces) const {
    return {.namespaces = namespaces,
            .rollout = "state = \"" + folder.path().string() + "\"\n",
            .plugins = plugins.path()};
  }

  Memory() {
    plugins.install("mover_1");
    plugins.install("mover_2");
  }

  kit::TemporaryFolder folder;
  PluginFolder plugins;
};

TEST_F(Memory, WeightsAndSchedulesGoOnAfterARestart) {
  {
    RollingServer rolling(remembering(two()));
    rolling.control().take({"promote", "room", "v2", "--schedule", "30% 10m, 100%"});
    rolling.control().take({"pause", "room"});
  }
  RollingServer again(remembering(two()));
  EXPECT_EQ(again.control().version("room", "v2")["weight"], 30);
  EXPECT_EQ(again.control().ns("room")["paused"], true);
  EXPECT_EQ(again.control().ns("room")["schedule"],
            "v2: 30 %, next 100 % in 10 m once it is resumed");
  EXPECT_EQ(again.control().take({"history"})["rollouts"].size(), 4U);
}

TEST_F(Memory, AManifestThatSaysSomethingElseCounts) {
  {
    RollingServer rolling(remembering(two()));
    rolling.control().take({"weight", "room", "v2=30"});
  }
  RollingServer again(remembering(two("weight = 10")));
  EXPECT_EQ(again.control().version("room", "v2")["weight"], 10);
}

TEST_F(Memory, ARollbackFindsWhatServedBeforeTheFileWasReplaced) {
  plugins.install("mover_1", "mover");
  {
    RollingServer rolling(remembering(served("room", "mover")));
    Guest alice(rolling.url());
    EXPECT_EQ(alice.ask("version"), "1.0.0");
  }
  plugins.install("mover_2", "mover");
  RollingServer again(remembering(served("room", "mover")));
  Guest alice(again.url());
  EXPECT_EQ(alice.ask("version"), "2.0.0");
  again.control().take({"rollback", "room"});
  EXPECT_EQ(alice.ask("version"), "1.0.0");
  EXPECT_EQ(alice.story(), kUndisturbed);
}

TEST_F(Memory, AVersionBesideTheStableOneThatCrashedTheServerDoesNotComeBack) {
  const std::string both = two("weight = 0\nmatch = [{ query = \"v\", value = \"2\" }]");
  {
    RollingServer rolling(remembering(both));
    Guest alice(rolling.url() + "?v=2");
    static_cast<void>(alice.place.try_ask("crash"));
    EXPECT_NE(rolling.server().wait_exit(), 0);
  }
  RollingServer again(remembering(both));
  EXPECT_TRUE(again.says("the last process ended in a crash of this version namespace=room"));
  EXPECT_EQ(again.control().version("room", "v2")["state"], "out");
  EXPECT_EQ(again.control().ns("room")["note"], "guard: v2 put out: it crashed the server");
}

TEST_F(Memory, WhatCannotBeUnderstoodIsPutAside) {
  folder.write("rollouts.json", "{\"format\": 1, \"rollouts\": [{}]}");
  RollingServer rolling(remembering(two()));
  EXPECT_TRUE(rolling.says("it is put aside as rollouts.json.broken"));
  EXPECT_EQ(rolling.control().version("room", "v1")["weight"], 100);
}

TEST_F(Memory, IsOneServers) {
  const RollingServer rolling(remembering(two()));
  try {
    const RollingServer other(remembering(two()));
    FAIL() << "a second server uses the same folder";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("another server remembers its rollouts in"),
              std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace stoa::behaviour
