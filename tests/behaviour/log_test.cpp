// What the log says of connections.
#include <csignal>

#include "session.h"

namespace stoa::behaviour {
namespace {

kit::Manifest echo(const std::string& level) {
  return {.rest = "[namespace.default]\nplugin = \"echo\"\n[log]\nlevel = \"" + level + "\"\n"};
}

// Comes and goes; returns its id, which is what it is welcomed by.
std::string visit(const kit::Server& server) {
  kit::Client client(server.url());
  const kit::Place place = client.connect("default");
  return client.wait_for("welcome").body;
}

TEST(Log, HasALineForEachConnectionAtDebug) {
  kit::Server server(echo("debug"));
  const std::string id = visit(server);
  const std::string who = "id=" + id + " address=127.0.0.1";
  EXPECT_TRUE(server.process().wait_for_log(who + " code=")) << server.log();
  const std::string log = server.log();
  const std::size_t opened = log.find("routing: connection opened connection=");
  const std::size_t closed = log.find("routing: connection closed connection=");
  ASSERT_NE(opened, std::string::npos) << log;
  ASSERT_NE(closed, std::string::npos) << log;
  EXPECT_LT(opened, log.find(who));
  EXPECT_LT(opened, closed);
}

TEST(Log, HasNoneAtInfo) {
  kit::Server server(echo("info"));
  visit(server);
  server.signal(SIGTERM);
  EXPECT_EQ(server.wait_exit(), 0);
  EXPECT_EQ(server.log().find("connection opened"), std::string::npos) << server.log();
}

// Also if it had to wait for a plugin.
TEST(Log, CountsAFrameOnce) {
  kit::Server server(kit::Manifest{.rest = "[namespace.slow]\nplugin = \"probe\"\n"
                                           "config = { connect_delay_ms = 50 }\n",
                                   .plugins = kit::fixture_plugins()});
  kit::RawSocket bob(server.port());
  bob.acknowledge();
  bob.send_text("$1;slow;;_OnNamespaceConnect;0;0;");
  for (const char* body : {"a", "b", "c"}) {
    bob.send_text("$2;slow;;echo;0;0;" + std::string(body));
  }
  EXPECT_EQ(bob.receive_message(), "$1;;;;;;");
  for (const char* body : {"a", "b", "c"}) {
    EXPECT_EQ(bob.receive_message(), "$2;slow;;echo;0;0;" + std::string(body));
  }
  server.signal(SIGUSR1);
  EXPECT_TRUE(server.process().wait_for_log("messages_in=5")) << server.log();
}

}  // namespace
}  // namespace stoa::behaviour
