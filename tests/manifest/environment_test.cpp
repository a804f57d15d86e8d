// Variables of the environment that replace values of the file.
#include "manifest/environment.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "manifest/schema.h"
#include "reading.h"

namespace stoa::manifest {
namespace {

TEST(Environment, ReplacesWhatTheFileSays) {
  const Manifest manifest =
      read("[server]\nlisten = [\"127.0.0.1:1\"]\nworkers = 1\n" + std::string(kOneNamespace),
           {{"STOA_SERVER_LISTEN", "127.0.0.1:0,[::1]:0"},
            {"STOA_SERVER_WORKERS", "4"},
            {"STOA_SERVER_PATH", "/ws"},
            {"STOA_SERVER_HEADERS", "X-A,X-B"},
            {"STOA_LOG_LEVEL", "debug"},
            {"STOA_PLUGINS_DIRECTORY", "other"},
            {"STOA_CONTROL_SOCKET", "run/stoa.sock"},
            {"STOA_CONTROL_SOCKET_MODE", "660"},
            {"STOA_ROLLOUT_STATE", "/var/lib/stoa"},
            {"STOA_ROLLOUT_HISTORY", "7"}});
  EXPECT_EQ(manifest.server.listen, (std::vector<Listen>{{"127.0.0.1", 0}, {"::1", 0}}));
  EXPECT_EQ(manifest.server.workers, 4u);
  EXPECT_EQ(manifest.server.path, "/ws");
  EXPECT_EQ(manifest.server.headers, (std::vector<std::string>{"X-A", "X-B"}));
  EXPECT_EQ(manifest.log.level, "debug");
  EXPECT_EQ(manifest.plugins.directory, "/etc/stoa/other");
  EXPECT_EQ(manifest.control, (Control{"/etc/stoa/run/stoa.sock", 0660}));
  EXPECT_EQ(manifest.rollout.state, "/var/lib/stoa");
  EXPECT_EQ(manifest.rollout.history, 7u);
}

TEST(Environment, TakesAwayWhatTheFileSays) {
  const std::string file = "[control]\nsocket = 's'\n[rollout]\nstate = 'd'\n";
  const Manifest manifest = read(file + std::string(kOneNamespace),
                                 {{"STOA_CONTROL_SOCKET", ""}, {"STOA_ROLLOUT_STATE", ""}});
  EXPECT_TRUE(manifest.control.socket.empty());
  EXPECT_TRUE(manifest.rollout.state.empty());
}

TEST(Environment, ReachesEveryKeyOutsideOfNamespacesAndFolders) {
  std::vector<std::string> asked;
  const Environment recorder = [&](const std::string& name) {
    asked.push_back(name);
    return std::nullopt;
  };
  (void)parse(kOneNamespace, "m", recorder);
  EXPECT_EQ(asked.size(), server_keys().size() + log_keys().size() + plugins_keys().size() +
                              control_keys().size() + rollout_keys().size());
  EXPECT_EQ(asked.front(), "STOA_SERVER_LISTEN");
  for (const Key<Server>& key : server_keys()) {
    EXPECT_NE(std::ranges::find(asked, variable_name("server", key.name)), asked.end()) << key.name;
  }
}

TEST(Environment, IsRefusedByTheNameOfTheVariable) {
  const std::string ok(kOneNamespace);
  EXPECT_EQ(refusal(ok, {{"STOA_SERVER_WORKERS", "four"}}),
            R"(STOA_SERVER_WORKERS: found "four", want a whole number from 0 to 64)");
  EXPECT_EQ(refusal(ok, {{"STOA_SERVER_WORKERS", "4x"}}),
            R"(STOA_SERVER_WORKERS: found "4x", want a whole number from 0 to 64)");
  EXPECT_EQ(refusal(ok, {{"STOA_SERVER_WORKERS", ""}}),
            R"(STOA_SERVER_WORKERS: found "", want a whole number from 0 to 64)");
  EXPECT_EQ(refusal(ok, {{"STOA_SERVER_MAX_CONNECTIONS", "0"}}),
            "STOA_SERVER_MAX_CONNECTIONS: found 0, want a whole number from 1 to 10000000");
  EXPECT_EQ(refusal(ok, {{"STOA_SERVER_LISTEN", "127.0.0.1:1,localhost:2"}}),
            R"(STOA_SERVER_LISTEN[1]: found "localhost:2", want a numeric address and a port, )"
            R"(like "127.0.0.1:8080" or "[::1]:0")");
  EXPECT_EQ(refusal(ok, {{"STOA_SERVER_LISTEN", ""}}),
            "STOA_SERVER_LISTEN: found an empty array, want an array with one address or more");
  EXPECT_EQ(refusal(ok, {{"STOA_LOG_LEVEL", "loud"}}),
            R"(STOA_LOG_LEVEL: found "loud", want "trace", "debug", "info", "warn" or "error")");
  EXPECT_EQ(refusal(ok, {{"STOA_PLUGINS_DIRECTORY", ""}}),
            "STOA_PLUGINS_DIRECTORY: found \"\", want the path of a folder, absolute or relative "
            "to the manifest");
}

TEST(Environment, ProblemsFollowThoseOfTheFile) {
  EXPECT_EQ(problem("[server]\nworkers = 99", {{"STOA_LOG_LEVEL", "loud"}}),
            "m:2:11: server.workers: found 99, want a whole number from 0 to 64\n"
            R"(STOA_LOG_LEVEL: found "loud", want "trace", "debug", "info", "warn" or "error")");
}

}  // namespace
}  // namespace stoa::manifest
