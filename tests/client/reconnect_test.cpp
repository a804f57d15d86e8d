// Connections that are lost and found again, against neffos for Go.
#include "peer.h"

namespace stoa::tests {
namespace {

using client::Status;
using std::chrono::milliseconds;

// Reconnects at once: what is tested is not the waiting.
client::Reconnect eagerly(uint32_t max_tries = 0) {
  return {.enabled = true,
          .first_delay = milliseconds(10),
          .max_delay = milliseconds(50),
          .max_tries = max_tries};
}

TEST_F(Reference, KickedClientComesBackToItsNamespacesAndRooms) {
  auto alice = client();
  alice->options().reconnect = eagerly();
  auto home = alice->connect("default");
  auto chat = alice->connect("chat");
  chat.join("lobby");
  chat.join("garden");
  const std::string old_id = (*alice)->id();
  home.emit("kick");
  const client::Closed closed = alice->wait_closed();
  EXPECT_EQ(closed.code, 4000);
  EXPECT_TRUE(closed.reconnecting);
  EXPECT_EQ(alice->wait_reconnected(), 1U);

  EXPECT_NE((*alice)->id(), old_id);
  EXPECT_EQ(home.ask("tries"), "1");
  EXPECT_EQ(home.ask("header", "X-Websocket-Reconnect"), "1");
  EXPECT_EQ(chat.ask("rooms"), "2");
  EXPECT_EQ((*alice)->rooms("chat"), (std::vector<std::string>{"garden", "lobby"}));
}

TEST_F(Reference, LifecycleEventsTellTheWholeStoryOfAReconnect) {
  auto alice = client();
  alice->options().reconnect = eagerly();
  auto home = alice->connect("default");
  alice->connect("chat").join("lobby");
  alice->events().clear();
  home.emit("drop");
  alice->wait_reconnected();
  const std::vector<std::string> story = {"/lobby _OnRoomLeave",     "/lobby _OnRoomLeft",
                                          " _OnNamespaceDisconnect", " _OnNamespaceConnect",
                                          " _OnNamespaceConnected",  "/lobby _OnRoomJoin",
                                          "/lobby _OnRoomJoined"};
  EXPECT_EQ(alice->events().story("chat"), story);
}

TEST_F(Reference, ReconnectsAgainAndAgain) {
  auto alice = client();
  alice->options().reconnect = eagerly();
  auto home = alice->connect("default");
  alice->connect("chat").join("lobby");
  for (int i = 0; i < 5; ++i) {
    home.emit("drop");
    EXPECT_EQ(alice->wait_reconnected(), 1U);
    EXPECT_TRUE((*alice)->joined("chat", "lobby"));
  }
}

TEST_F(Reference, ClosedClientStaysClosed) {
  auto alice = client();
  alice->options().reconnect = eagerly();
  alice->connect("default");
  (*alice)->close();
  EXPECT_FALSE(alice->wait_closed().reconnecting);
  EXPECT_TRUE((*alice)->wait_closed(kit::kPatience));
}

TEST_F(Reference, TriesEndWhereTheyShould) {
  auto alice = client();
  alice->options().reconnect = eagerly(3);
  alice->connect("default");
  process().signal(SIGKILL);
  EXPECT_TRUE(alice->wait_closed().reconnecting);
  alice->wait_closed();
  EXPECT_TRUE((*alice)->wait_closed(kit::kPatience));
  EXPECT_FALSE((*alice)->closed().reconnecting);
  EXPECT_EQ((*alice)->connect("default").status, Status::kClosed);
}

TEST_F(Reference, RefusalEndsTheTries) {
  auto alice = client("?once=" + std::to_string(getpid()));
  alice->options().reconnect = eagerly();
  alice->connect("default").emit("drop");
  alice->wait_closed();
  alice->wait_closed();
  EXPECT_TRUE((*alice)->wait_closed(kit::kPatience));
}

TEST_F(Reference, CloseWhileWaitingForATryEndsIt) {
  auto alice = client();
  alice->options().reconnect = {
      .enabled = true, .first_delay = std::chrono::hours(1), .max_delay = std::chrono::hours(1)};
  alice->connect("default").emit("drop");
  EXPECT_TRUE(alice->wait_closed().reconnecting);
  (*alice)->close();
  EXPECT_TRUE((*alice)->wait_closed(kit::kPatience));
}

TEST_F(Reference, DestructorEndsTheTries) {
  auto alice = client();
  alice->options().reconnect = eagerly();
  alice->connect("default");
  process().signal(SIGKILL);
  alice->wait_closed();
}

TEST_F(Reference, LeftNamespaceIsNotEnteredAgain) {
  auto alice = client();
  alice->options().reconnect = eagerly();
  auto home = alice->connect("default");
  alice->connect("chat").disconnect();
  home.emit("drop");
  alice->wait_reconnected();
  EXPECT_EQ((*alice)->namespaces(), std::vector<std::string>{"default"});
}

}  // namespace
}  // namespace stoa::tests
