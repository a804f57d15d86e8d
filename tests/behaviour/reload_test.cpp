// SIGHUP: the manifest is read again, and plugins get their new configs.
#include <csignal>

#include "session.h"

namespace stoa::behaviour {
namespace {

// The namespaces "first" to "third", so that they are at home on several workers, and "fixed",
// whose plugin does not take new configs.
std::string namespaces(const std::string& word, const std::string& fixed = "1") {
  std::string text;
  for (const char* name : {"first", "second", "third"}) {
    text += "[namespace." + std::string(name) + "]\nplugin = \"settings\"\n";
    text += "config = { word = \"" + word + "\" }\n";
  }
  return text + "[namespace.fixed]\nplugin = \"good_1\"\nconfig = { number = " + fixed + " }\n";
}

class Reload : public testing::TestWithParam<uint32_t> {
 protected:
  Reload() : server(manifest(namespaces("one"))), client(server.url()) {
    client.declare("first").declare("second").declare("third");
  }

  static kit::Manifest manifest(const std::string& rest, const std::string& more = "") {
    return {.workers = GetParam(), .server = more, .rest = rest, .plugins = kit::fixture_plugins()};
  }

  // Replaces the manifest and says so.
  void reload(const std::string& text) {
    server.folder().write("stoa.toml", text);
    server.signal(SIGHUP);
  }

  kit::Server server;
  kit::Client client;
};
INSTANTIATE_TEST_SUITE_P(, Reload, testing::Values(1U, 4U), workers_name);

TEST_P(Reload, BringsANewConfigToEveryNamespaceThatHasOne) {
  for (const char* name : {"first", "second", "third"}) {
    kit::Place place = client.connect(name);
    EXPECT_EQ(place.ask("word"), "one");
  }
  reload(manifest(namespaces("two")).text());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.wait_for("changed").body, "one to two");
  for (const char* name : {"first", "second", "third"}) {
    EXPECT_EQ(kit::Place(client, name).ask("word"), "two");
  }
}

TEST_P(Reload, ARefusedConfigLeavesTheOldOne) {
  kit::Place first = client.connect("first");
  reload(manifest(namespaces("forbidden")).text());
  EXPECT_TRUE(server.process().wait_for_log(
      "the plugin refused its new config and keeps the old one namespace=first "
      "plugin=plugin/settings reason=\"that word is forbidden\""));
  EXPECT_EQ(first.ask("word"), "one");
  reload(manifest(namespaces("three")).text());
  EXPECT_EQ(client.wait_for("changed").body, "one to three");
}

// What the manifest says last is what the plugin has in the end, however long it thought.
TEST_P(Reload, AConfigThatIsTakenBackWhileThePluginThinks) {
  const auto probe = [](const std::string& config) {
    return manifest("[namespace.probe]\nplugin = \"probe\"\nconfig = { " + config + " }\n");
  };
  kit::Server pensive(probe(""));
  kit::Client alice(pensive.url());
  alice.declare("probe");
  kit::Place place = alice.connect("probe");
  pensive.folder().write("stoa.toml", probe("ponder = 1").text());
  pensive.signal(SIGHUP);
  ASSERT_TRUE(pensive.process().wait_for_log("offered {\"ponder\":1}"));
  pensive.folder().write("stoa.toml", probe("").text() + "[log]\nlevel = \"warn\"\n");
  pensive.signal(SIGHUP);
  ASSERT_TRUE(pensive.process().wait_for_log("[log] changed: that waits for a restart"));
  place.ask("decide");
  EXPECT_TRUE(pensive.process().wait_for_log("offered {}")) << pensive.log();
}

TEST_P(Reload, APluginThatDoesNotListenIsNamed) {
  reload(manifest(namespaces("one", "2")).text());
  EXPECT_TRUE(server.process().wait_for_log("it waits for a restart namespace=fixed"));
  EXPECT_EQ(server.log().find("namespace=first"), std::string::npos) << server.log();
}

TEST_P(Reload, WhatElseChangedWaitsForARestart) {
  kit::Place first = client.connect("first");
  reload(manifest(namespaces("two") + "[namespace.fourth]\nplugin = \"settings\"\n" +
                      "[log]\nlevel = \"warn\"\n",
                  "ask_timeout_ms = 77\n")
             .text());
  EXPECT_EQ(client.wait_for("changed").body, "one to two");
  for (const char* what : {"[server]", "[log]", "the set of namespaces"}) {
    EXPECT_TRUE(
        server.process().wait_for_log(std::string(what) + " changed: that waits for a restart"))
        << server.log();
  }
  EXPECT_EQ(server.log().find("[plugins] changed"), std::string::npos) << server.log();
}

TEST_P(Reload, AManifestWithErrorsChangesNothing) {
  kit::Place first = client.connect("first");
  reload(manifest(namespaces("two"), "wokers = 1\nmax_connections = 0\n").text());
  EXPECT_TRUE(server.process().wait_for_log("the manifest is not valid: nothing changes"));
  EXPECT_NE(server.log().find("server.wokers: unknown key"), std::string::npos) << server.log();
  EXPECT_NE(server.log().find("server.max_connections: found 0"), std::string::npos);
  EXPECT_EQ(first.ask("word"), "one");
}

}  // namespace
}  // namespace stoa::behaviour
