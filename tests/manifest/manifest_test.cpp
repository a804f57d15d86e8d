#include "manifest/manifest.h"

#include <gtest/gtest.h>

#include "reading.h"

namespace stoa::manifest {
namespace {

TEST(Manifest, MayBeOneNamespaceAndDefaults) {
  const Manifest manifest = read(kOneNamespace);
  EXPECT_EQ(manifest.file, "/etc/stoa/stoa.toml");
  EXPECT_EQ(manifest.server.listen, (std::vector<Listen>{{"127.0.0.1", 8080}}));
  EXPECT_EQ(manifest.server.path, "/");
  EXPECT_EQ(manifest.server.max_message_bytes, 65536u);
  EXPECT_EQ(manifest.log.level, "info");
  EXPECT_EQ(manifest.plugins.directory, "/etc/stoa/plugins");
  ASSERT_EQ(manifest.namespaces.size(), 1u);
  EXPECT_EQ(manifest.namespaces[0].name, "chat");
  EXPECT_EQ(manifest.namespaces[0].versions[0].plugin, "chat");
  EXPECT_EQ(manifest.namespaces[0].versions[0].config_json, "{}");
  EXPECT_EQ(manifest.namespaces[0].max_message_bytes, 0u);
  EXPECT_EQ(manifest.control, (Control{"", 0600}));
  EXPECT_EQ(manifest.rollout, (Rollout{"", 32, 30'000, 100}));
}

TEST(Manifest, SetsWhatItNames) {
  const Manifest manifest = read(R"(
[server]
listen = ["0.0.0.0:80", "[::]:80", "127.0.0.1:0", "127.0.0.1:0"]
path = "/ws"
workers = 64
headers = ["X-Token", "X-Trace-Id"]
max_connections = 1
drain_grace_ms = 0
[log]
level = "trace"
[control]
socket = "stoa.sock"
socket_mode = "660"
[rollout]
max_retired = 10_000
stage_timeout_ms = 100
history = 1
[namespace.chat]
plugin = "chat.so"
max_message_bytes = 125
ask_timeout_ms = 5
send_weight = 100
)");
  const Server& server = manifest.server;
  EXPECT_EQ(server.listen,
            (std::vector<Listen>{{"0.0.0.0", 80}, {"::", 80}, {"127.0.0.1", 0}, {"127.0.0.1", 0}}));
  EXPECT_EQ(server.path, "/ws");
  EXPECT_EQ(server.workers, 64u);
  EXPECT_EQ(server.headers, (std::vector<std::string>{"X-Token", "X-Trace-Id"}));
  EXPECT_EQ(server.max_connections, 1u);
  EXPECT_EQ(server.drain_grace_ms, 0u);
  EXPECT_EQ(manifest.log.level, "trace");
  EXPECT_EQ(manifest.control, (Control{"/etc/stoa/stoa.sock", 0660}));
  EXPECT_EQ(manifest.rollout, (Rollout{"", 10'000, 100, 1}));
  EXPECT_EQ(manifest.namespaces[0].versions[0].plugin, "chat.so");
  EXPECT_EQ(manifest.namespaces[0].max_message_bytes, 125u);
  EXPECT_EQ(manifest.namespaces[0].ask_timeout_ms, 5u);
  EXPECT_EQ(manifest.namespaces[0].send_weight, 100u);
  EXPECT_EQ(manifest.namespaces[0].line, 18u);
}

TEST(Manifest, AddressesComeOutInTheirShortestForm) {
  const Manifest manifest =
      read("[server]\nlisten = [\"[0:0:0::1]:1\"]\n" + std::string(kOneNamespace));
  EXPECT_EQ(manifest.server.listen, (std::vector<Listen>{{"::1", 1}}));
}

TEST(Manifest, PathsAreRelativeToIt) {
  const Manifest manifest = read(R"(
[plugins]
directory = "../lib/./plugins"
[control]
socket = "../run/stoa.sock"
[rollout]
state = "rollouts"
[[static]]
url = "/"
folder = "demo"
[[static]]
url = "/lib/"
folder = "/srv/lib"
[namespace.chat]
plugin = "chat"
)");
  EXPECT_EQ(manifest.plugins.directory, "/etc/lib/plugins");
  EXPECT_EQ(manifest.control.socket, "/etc/run/stoa.sock");
  EXPECT_EQ(manifest.rollout.state, "/etc/stoa/rollouts");
  ASSERT_EQ(manifest.static_folders.size(), 2u);
  EXPECT_EQ(manifest.static_folders[0].url, "/");
  EXPECT_EQ(manifest.static_folders[0].folder, "/etc/stoa/demo");
  EXPECT_EQ(manifest.static_folders[1].folder, "/srv/lib");
}

TEST(Manifest, PathsAreAbsoluteAlsoWhenItsOwnIsNot) {
  const Manifest manifest = parse(kOneNamespace, "conf/stoa.toml", environment({}));
  EXPECT_EQ(manifest.file, std::filesystem::current_path() / "conf/stoa.toml");
  EXPECT_EQ(manifest.plugins.directory, std::filesystem::current_path() / "conf/plugins");
}

TEST(Manifest, NamespacesKeepTheOrderOfTheFile) {
  const Manifest manifest = read(R"(
namespace.z.plugin = "p1"
[namespace.a.config]
x = 1
[namespace.m]
plugin = "p3"
[namespace.a]
plugin = "p2"
)");
  ASSERT_EQ(manifest.namespaces.size(), 3u);
  EXPECT_EQ(manifest.namespaces[0].name, "z");
  EXPECT_EQ(manifest.namespaces[1].name, "a");
  EXPECT_EQ(manifest.namespaces[1].versions[0].config_json, R"({"x":1})");
  EXPECT_EQ(manifest.namespaces[2].name, "m");
}

TEST(Manifest, NamespacesMayHaveAnyName) {
  const Manifest manifest = read(R"(
[namespace.""]
plugin = "p"
[namespace."a.b"]
plugin = "p"
[namespace."say \"hi\"; \\"]
plugin = "p"
[namespace."καφέ 😀"]
plugin = "p"
[namespace.server]
plugin = "p"
[namespace.")" + std::string(255, 'n') +
                                 R"("]
plugin = "p"
)");
  ASSERT_EQ(manifest.namespaces.size(), 6u);
  EXPECT_EQ(manifest.namespaces[0].name, "");
  EXPECT_EQ(manifest.namespaces[1].name, "a.b");
  EXPECT_EQ(manifest.namespaces[2].name, "say \"hi\"; \\");
  EXPECT_EQ(manifest.namespaces[3].name, "καφέ 😀");
  EXPECT_EQ(manifest.namespaces[4].name, "server");
  EXPECT_EQ(manifest.namespaces[5].name, std::string(255, 'n'));
}

TEST(Manifest, NamespacesMayShareAPlugin) {
  EXPECT_EQ(read("namespace.a.plugin = 'p'\nnamespace.b.plugin = 'p'").namespaces.size(), 2u);
}

}  // namespace
}  // namespace stoa::manifest
