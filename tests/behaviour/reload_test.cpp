// The manifest is read again: by SIGHUP, and by `stoa ctl reload`.
#include <csignal>
#include <map>

#include "rollout.h"

namespace stoa::behaviour {
namespace {

namespace fs = std::filesystem;

std::string word(const std::string& ns, const std::string& word) {
  return served(ns, "settings", "config = { word = \"" + word + "\" }");
}

// The namespaces "first" to "third", so that they are at home on several workers, and "fixed",
// whose plugin does not take new configs.
std::string namespaces(const std::string& of_all, const std::string& fixed = "1") {
  return word("first", of_all) + word("second", of_all) + word("third", of_all) +
         served("fixed", "good_1", "config = { number = " + fixed + " }");
}

class Reload : public testing::TestWithParam<uint32_t> {
 protected:
  Reload()
      : rolling({.namespaces = namespaces("one"), .workers = GetParam()}), client(rolling.url()) {
    client.declare("first").declare("second").declare("third").declare("fourth").declare("fixed");
  }

  // Replaces the manifest and says so.
  void reload(const std::string& namespaces) {
    rolling.write(namespaces);
    rolling.server().signal(SIGHUP);
  }
  std::string ask(const std::string& ns, const std::string& event) {
    return kit::Place(client, ns).ask(event);
  }

  RollingServer rolling;
  kit::Client client;
};
STOA_WITH_WORKERS(Reload);

TEST_P(Reload, BringsANewConfigToEveryNamespaceThatHasOne) {
  for (const char* name : {"first", "second", "third"}) {
    kit::Place place = client.connect(name);
    EXPECT_EQ(place.ask("word"), "one");
  }
  reload(namespaces("two"));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.wait_for("changed").body, "one to two");
  for (const char* name : {"first", "second", "third"}) EXPECT_EQ(ask(name, "word"), "two");
}

TEST_P(Reload, ARefusedConfigLeavesTheOldOne) {
  kit::Place first = client.connect("first");
  reload(namespaces("forbidden"));
  EXPECT_TRUE(
      rolling.says("rollout: Namespace \"first\", version v1: its plugin refused its new config: "
                   "that word is forbidden"));
  EXPECT_TRUE(rolling.says("rollout: the reload was refused: nothing changes"));
  EXPECT_EQ(first.ask("word"), "one");
  reload(namespaces("three"));
  EXPECT_EQ(client.wait_for("changed").body, "one to three");
}

TEST_P(Reload, AConfigThatOneRefusesIsTakenBackFromThoseThatHadAgreed) {
  for (const char* name : {"first", "second", "third"}) client.connect(name);
  EXPECT_EQ(rolling.refusal(word("first", "two") + word("second", "two") +
                            word("third", "forbidden") + served("fixed", "good_1")),
            "Namespace \"third\", version v1: its plugin refused its new config: that word is "
            "forbidden");
  // Between namespaces there is no order.
  std::map<std::string, std::vector<std::string>> told;
  for (int i = 0; i < 4; ++i) {
    const kit::Event event = client.wait_for("changed");
    told[event.ns].push_back(event.body);
  }
  const std::vector<std::string> there_and_back = {"one to two", "two to one"};
  EXPECT_EQ(told["first"], there_and_back);
  EXPECT_EQ(told["second"], there_and_back);
  for (const char* name : {"first", "second", "third"}) EXPECT_EQ(ask(name, "word"), "one");
}

// What the manifest says last is what the plugin has in the end, however long it thought.
TEST_P(Reload, AConfigThatIsTakenBackWhileThePluginThinks) {
  const auto probe = [](const std::string& config) {
    return served("probe", "probe", "config = { " + config + " }");
  };
  RollingServer pensive({.namespaces = probe(""), .workers = GetParam()});
  Guest alice(pensive.url(), "probe");
  pensive.write(probe("ponder = 1"));
  pensive.server().signal(SIGHUP);
  ASSERT_TRUE(pensive.says("offered {\"ponder\":1}"));
  pensive.write(probe(""));
  pensive.server().signal(SIGHUP);
  alice.ask("decide");
  EXPECT_TRUE(pensive.says("offered {}")) << pensive.log();
}

TEST_P(Reload, APluginThatTakesNoNewConfigIsReplacedByANewInstance) {
  client.connect("first");
  kit::Place fixed = client.connect("fixed");
  EXPECT_EQ(fixed.ask("where"), "1.0.0 fixed {\"number\":1} 1");
  EXPECT_EQ(fixed.ask("where"), "1.0.0 fixed {\"number\":1} 2");
  rolling.reload(namespaces("one", "2"));
  EXPECT_EQ(fixed.ask("where"), "1.0.0 fixed {\"number\":2} 1");
  EXPECT_EQ(client.events().story("fixed"), kUndisturbed);
  EXPECT_FALSE(client.events().has("changed"));  // the others were left alone
}

TEST_P(Reload, WhatIsNoNamespaceWaitsForARestart) {
  client.connect("first");
  rolling.rest().server = "ask_timeout_ms = 77\n";
  rolling.write(namespaces("two") + served("fourth", "settings", "config = { word = \"new\" }") +
                "[log]\nlevel = \"warn\"\n");
  rolling.server().signal(SIGHUP);
  EXPECT_EQ(client.wait_for("changed").body, "one to two");
  for (const char* what : {"[server]", "[log]"}) {
    EXPECT_TRUE(rolling.says(std::string(what) + " changed: that waits for a restart"))
        << rolling.log();
  }
  EXPECT_EQ(rolling.log().find("[plugins] changed"), std::string::npos) << rolling.log();
  client.connect("fourth");  // a new namespace does not
  EXPECT_EQ(ask("fourth", "word"), "new");
}

TEST_P(Reload, NamesWhatWaitsForARestartToWhoAsked) {
  rolling.rest().server = "max_connections = 77\n";
  const kit::Json done = rolling.reload(namespaces("one"));
  EXPECT_EQ(done["restart"], kit::Json({"[server] changed"}));
  EXPECT_EQ(done["rollout"], 0);
  EXPECT_EQ(done["text"], "nothing changed");
}

// What waits for a restart is not half there before.
TEST_P(Reload, AnotherPluginFolderWaitsForARestartToo) {
  PluginFolder other;
  other.install("settings");
  other.install("good_2", "good_1");
  kit::Place fixed = client.connect("fixed");
  rolling.rest().plugins = other.path();
  const kit::Json done = rolling.reload(namespaces("one"));
  EXPECT_EQ(done["restart"], kit::Json({"[plugins] changed"}));
  EXPECT_EQ(done["text"], "nothing changed");
  EXPECT_EQ(fixed.ask("where"), "1.0.0 fixed {\"number\":1} 1");
}

TEST_P(Reload, AManifestWithErrorsChangesNothing) {
  kit::Place first = client.connect("first");
  rolling.rest().server = "wokers = 1\nmax_connections = 0\n";
  reload(namespaces("two"));
  EXPECT_TRUE(rolling.says("the reload was refused: nothing changes"));
  EXPECT_NE(rolling.log().find("server.wokers: unknown key"), std::string::npos) << rolling.log();
  EXPECT_NE(rolling.log().find("server.max_connections: found 0"), std::string::npos);
  EXPECT_EQ(first.ask("word"), "one");
  const std::string why = rolling.control().refusal({"reload"});
  EXPECT_NE(why.find("stoa.toml:5:1: server.wokers: unknown key"), std::string::npos) << why;
  EXPECT_NE(why.find("server.max_connections: found 0"), std::string::npos) << why;
}

TEST_P(Reload, AManifestThatDisappearedChangesNothing) {
  kit::Place first = client.connect("first");
  fs::remove(rolling.server().folder().path() / "stoa.toml");
  rolling.server().signal(SIGHUP);
  EXPECT_TRUE(rolling.says("the reload was refused: nothing changes"));
  const std::string why = rolling.control().refusal({"reload"});
  EXPECT_NE(why.find("stoa.toml"), std::string::npos) << why;
  EXPECT_NE(why.find("No such file or directory"), std::string::npos) << why;
  EXPECT_EQ(first.ask("word"), "one");
  rolling.reload(namespaces("two"));
  EXPECT_EQ(first.ask("word"), "two");
}

TEST_P(Reload, AStormOfSignalsEndsWithTheLastManifest) {
  kit::Place first = client.connect("first");
  for (int i = 0; i < 200; ++i) reload(namespaces("word-" + std::to_string(i)));
  while (client.wait_for("changed").body.find("to word-199") == std::string::npos) {
    if (HasFailure()) break;
  }
  EXPECT_EQ(first.ask("word"), "word-199");
  EXPECT_EQ(rolling.control().take({"reload"})["text"], "nothing changed");
}

TEST_P(Reload, TwoAtOnceAreTakenOneAfterTheOther) {
  kit::Place first = client.connect("first");
  rolling.write(namespaces("two"));
  const auto one = rolling.control().begin({"reload"});
  const auto other = rolling.control().begin({"reload"});
  EXPECT_EQ(one->wait_exit(), 0) << one->log();
  EXPECT_EQ(other->wait_exit(), 0) << other->log();
  const std::string both = one->output() + other->output();
  EXPECT_NE(both.find("first v1 reconfigured"), std::string::npos) << both;
  EXPECT_NE(both.find("nothing changed"), std::string::npos) << both;
  EXPECT_EQ(first.ask("word"), "two");
  EXPECT_EQ(rolling.control().status()["server"]["rollout"], 2);
}

TEST_P(Reload, IsRefusedWhileTheServerDrains) {
  RollingServer draining({.namespaces = namespaces("one"),
                          .server = "drain_grace_ms = 60000\n",
                          .workers = GetParam()});
  // Whom it tells to go over the grace, so that it is not over at once.
  std::vector<std::unique_ptr<Guest>> guests;
  for (int i = 0; i < 20; ++i) guests.push_back(std::make_unique<Guest>(draining.url(), "first"));
  draining.server().signal(SIGTERM);
  ASSERT_TRUE(draining.says("draining"));
  EXPECT_EQ(draining.refusal(namespaces("two")),
            "The server is going down: no step is taken any more.");
  EXPECT_EQ(draining.control().status()["server"]["draining"], true);
  draining.server().signal(SIGTERM);
  EXPECT_EQ(draining.server().wait_exit(), 0);
}

}  // namespace
}  // namespace stoa::behaviour
