// Dialling, namespaces, and the end of a connection, against neffos for Go.
#include <future>

#include "peer.h"

namespace stoa::tests {
namespace {

using client::Outcome;
using client::Status;
using std::chrono::milliseconds;

TEST_F(Reference, DialGetsTheConnectionsId) {
  auto alice = client();
  ASSERT_TRUE(alice->dial());
  EXPECT_EQ((*alice)->id().size(), 36U);
  EXPECT_TRUE((*alice)->open());
}

TEST_F(Reference, RefusedConnectionGetsTheServersText) {
  auto alice = client("?refuse=no+guests");
  const Outcome outcome = alice->dial();
  EXPECT_EQ(outcome.status, Status::kError);
  EXPECT_EQ(outcome.body, "no guests");
  EXPECT_FALSE((*alice)->open());
  EXPECT_TRUE((*alice)->wait_closed(kit::kPatience));
}

TEST_F(Reference, RefusedClientMayDialAgain) {
  auto alice = client("?refuse=no");
  EXPECT_EQ(alice->dial().status, Status::kError);
  EXPECT_EQ(alice->dial().status, Status::kError);
}

TEST_F(Reference, OpenClientCannotDialAgain) {
  auto alice = client();
  ASSERT_TRUE(alice->dial());
  EXPECT_EQ(alice->dial().status, Status::kInvalid);
  EXPECT_TRUE((*alice)->open());
}

TEST_F(Reference, NobodyListeningIsUnreachable) {
  process().signal(SIGKILL);
  ASSERT_TRUE(process().wait_exit());
  auto alice = client();
  const Outcome outcome = alice->dial();
  EXPECT_EQ(outcome.status, Status::kUnreachable);
  EXPECT_NE(outcome.body.find("could not be reached"), std::string::npos) << outcome.body;
}

TEST_F(Reference, ServerWithoutWebSocketIsUnreachable) {
  auto alice = client("plain");
  EXPECT_EQ(alice->dial().status, Status::kUnreachable);
}

TEST_F(Reference, DialEndsAtItsDeadline) {
  auto alice = client("mute");
  alice->options().dial_timeout = milliseconds(100);
  EXPECT_EQ(alice->dial().status, Status::kTimeout);
}

TEST_F(Reference, CloseCutsADialShort) {
  client::Options options;
  options.url = url("mute");
  client::Client alice(options);
  std::promise<Outcome> outcome;
  alice.dial([&](Outcome o) { outcome.set_value(std::move(o)); });
  alice.close();
  EXPECT_EQ(outcome.get_future().get().status, Status::kClosed);
  EXPECT_TRUE(alice.wait_closed(kit::kPatience));
}

TEST_F(Reference, MalformedUrlAndHeaderAreInvalid) {
  kit::Client nowhere("http://127.0.0.1/");
  EXPECT_EQ(nowhere.dial().status, Status::kInvalid);
  auto alice = client();
  alice->options().headers = {{"X-Name", "a\r\nX-Other: b"}};
  EXPECT_EQ(alice->dial().status, Status::kInvalid);
}

TEST_F(Reference, HeadersReachTheServer) {
  auto alice = client();
  alice->options().headers = {{"X-Token", "secret"}, {"X-Other", "two words"}};
  auto home = alice->connect("default");
  EXPECT_EQ(home.ask("header", "X-Token"), "secret");
  EXPECT_EQ(home.ask("header", "X-Other"), "two words");
  EXPECT_EQ(home.ask("header", "X-Websocket-Reconnect"), "");
}

TEST_F(Reference, HeadersMayBeLongButNotTooLong) {
  auto alice = client();
  alice->options().headers = {{"X-Long", std::string(2'000, 'x')}};
  EXPECT_EQ(alice->connect("default").ask("header", "X-Long").size(), 2'000U);
  auto bob = client();
  bob->options().headers = {{"X-Long", std::string(10'000, 'x')}};
  const Outcome outcome = bob->dial();
  EXPECT_EQ(outcome.status, Status::kUnreachable);
  EXPECT_NE(outcome.body.find("headers are too long"), std::string::npos) << outcome.body;
}

TEST_F(Reference, TlsTakesACertificateThatIsTrusted) {
  kit::Client alice(secure_url());
  alice.options().ca_file = certificate().string();
  EXPECT_EQ(alice.connect("default").ask("echo", "sealed"), "sealed");
}

TEST_F(Reference, TlsRefusesACertificateThatIsNot) {
  kit::Client alice(secure_url());
  EXPECT_EQ(alice.dial().status, Status::kUnreachable);
}

TEST_F(Reference, ConnectFiresItsEventsAndThenTheServersPush) {
  auto alice = client();
  alice->connect("default");
  EXPECT_EQ(alice->wait_for("welcome").body, (*alice)->id());
  const std::vector<std::string> story = {" _OnNamespaceConnect", " _OnNamespaceConnected",
                                          " welcome"};
  EXPECT_EQ(alice->events().story("default"), story);
  EXPECT_TRUE(alice->wait_for(client::kConnected).local);
}

TEST_F(Reference, ConnectingTwiceFiresNothingTwice) {
  auto alice = client();
  alice->connect("chat");
  alice->connect("chat");
  EXPECT_EQ(alice->events().story("chat").size(), 2U);
}

TEST_F(Reference, DeniedNamespaceGetsTheHandlersText) {
  auto alice = client();
  const Outcome outcome = alice->try_connect("denied");
  EXPECT_EQ(outcome.status, Status::kError);
  EXPECT_EQ(outcome.body, "not you");
  EXPECT_FALSE((*alice)->connected("denied"));
}

TEST_F(Reference, UnknownNamespaceIsABadOne) {
  auto alice = client();
  const Outcome there = alice->try_connect("unknown");
  EXPECT_EQ(there.status, Status::kError);
  EXPECT_EQ(there.body, client::kBadNamespace);
  const Outcome here = alice->try_connect("undeclared");
  EXPECT_EQ(here.status, Status::kNotMember);
  EXPECT_EQ(here.body, client::kBadNamespace);
}

TEST_F(Reference, OwnConnectHandlerMayRefuse) {
  auto alice = client();
  alice->on("chat", client::kConnect, [](client::Client&, const client::Message&) {
    return client::Reply::error("not today");
  });
  const Outcome outcome = alice->try_connect("chat");
  EXPECT_EQ(outcome.status, Status::kError);
  EXPECT_EQ(outcome.body, "not today");
  EXPECT_FALSE((*alice)->connected("chat"));
}

TEST_F(Reference, NamesWithSeparatorsTravelEscaped) {
  auto alice = client();
  EXPECT_EQ(alice->connect("odd;ns").ask("echo", "a;b;"), "a;b;");
}

TEST_F(Reference, ServerConnectsFromItsConnectionHook) {
  auto alice = client("?force=forced");
  ASSERT_TRUE(alice->dial());
  ASSERT_TRUE((*alice)->wait_connected("forced", kit::kPatience));
  EXPECT_FALSE(alice->wait_for(client::kConnected).local);
}

TEST_F(Reference, ServerConnectsAndDisconnectsTheClient) {
  auto alice = client();
  auto home = alice->connect("default");
  home.emit("connect me", "forced");
  EXPECT_EQ(alice->wait_for("outcome").body, "ok ");
  EXPECT_TRUE((*alice)->connected("forced"));
  home.emit("disconnect me", "forced");
  EXPECT_EQ(alice->wait_for("outcome").body, "ok ");
  EXPECT_FALSE((*alice)->connected("forced"));
  EXPECT_TRUE(alice->wait_for(client::kDisconnect).forced);
}

TEST_F(Reference, ServerCannotConnectToWhatIsNotDeclaredOrRefused) {
  kit::Client alice(url());
  alice.on("forced", client::kConnect, [](client::Client&, const client::Message&) {
    return client::Reply::error("no thanks");
  });
  auto home = alice.connect("default");
  home.emit("connect me", "sticky");
  EXPECT_EQ(alice.wait_for("outcome").body, "error bad namespace");
  home.emit("connect me", "forced");
  EXPECT_EQ(alice.wait_for("outcome").body, "error no thanks");
  EXPECT_FALSE(alice->connected("forced"));
}

TEST_F(Reference, DisconnectLeavesRoomsFirst) {
  auto alice = client();
  auto chat = alice->connect("chat");
  chat.join("lobby");
  alice->events().clear();
  chat.disconnect();
  const std::vector<std::string> story = {"/lobby _OnRoomLeave", "/lobby _OnRoomLeft",
                                          " _OnNamespaceDisconnect"};
  EXPECT_EQ(alice->events().story("chat"), story);
  EXPECT_TRUE((*alice)->open());
  EXPECT_EQ((*alice)->disconnect("chat").status, Status::kNotMember);
}

TEST_F(Reference, ServerMayKeepAClientInItsNamespace) {
  auto alice = client();
  alice->connect("sticky");
  const Outcome outcome = (*alice)->disconnect("sticky");
  EXPECT_EQ(outcome.status, Status::kError);
  EXPECT_EQ(outcome.body, "stay here");
  EXPECT_TRUE((*alice)->connected("sticky"));
}

TEST_F(Reference, DisconnectAllReportsTheOneThatRefuses) {
  auto alice = client();
  for (const char* ns : {"chat", "default", "sticky"}) alice->connect(ns);
  const Outcome outcome = (*alice)->disconnect_all();
  EXPECT_EQ(outcome.body, "stay here");
  EXPECT_EQ((*alice)->namespaces(), std::vector<std::string>{"sticky"});
  EXPECT_EQ((*alice)->disconnect_all().status, Status::kError);
}

TEST_F(Reference, KickShowsItsCodeAndReason) {
  auto alice = client();
  alice->connect("default").emit("kick");
  const client::Closed closed = alice->wait_closed();
  EXPECT_EQ(closed.code, 4000);
  EXPECT_EQ(closed.reason, "kicked");
  EXPECT_FALSE(closed.reconnecting);
}

TEST_F(Reference, LostConnectionHasTheCodeForNoCloseFrame) {
  auto alice = client();
  alice->connect("default").emit("drop");
  EXPECT_EQ(alice->wait_closed().code, 1006);
}

TEST_F(Reference, EndOfTheConnectionLeavesEverythingByForceAndOnce) {
  auto alice = client();
  auto home = alice->connect("default");
  alice->connect("chat").join("lobby");
  alice->events().clear();
  home.emit("drop");
  alice->wait_closed();
  const std::vector<std::string> story = {"chat/lobby _OnRoomLeave", "chat/lobby _OnRoomLeft",
                                          "chat _OnNamespaceDisconnect",
                                          "default _OnNamespaceDisconnect"};
  EXPECT_EQ(alice->events().story(), story);
  EXPECT_TRUE(alice->wait_for(client::kRoomLeft).forced);
  EXPECT_TRUE((*alice)->namespaces().empty());
}

TEST_F(Reference, CloseSendsFirstWhatWasEmittedBefore) {
  auto alice = client();
  auto bob = client();
  auto lobby = alice->connect("chat").join("lobby");
  bob->connect("chat").join("lobby");
  for (int i = 0; i < 100; ++i) lobby.emit("message", std::to_string(i));
  (*alice)->close(3001, "done");
  for (int i = 0; i < 100; ++i) EXPECT_EQ(bob->wait_for("message").body, std::to_string(i));
  const client::Closed closed = alice->wait_closed();
  EXPECT_EQ(closed.code, 3001);
  EXPECT_TRUE((*alice)->wait_closed(kit::kPatience));
  EXPECT_EQ((*alice)->connect("chat").status, Status::kClosed);
}

}  // namespace
}  // namespace stoa::tests
