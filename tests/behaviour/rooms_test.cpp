// Rooms, as people in a chat know them.
#include "session.h"

namespace stoa::behaviour {
namespace {

using kit::Client;
using kit::Place;
using Rooms = Shipped;
STOA_WITH_WORKERS(Rooms);

// The ids of those who are there, in any order.
std::set<std::string> who(Place place) {
  std::set<std::string> ids;
  for (const Json& person : Json::parse(place.ask("who"))) ids.insert(person.at("id"));
  return ids;
}

TEST_P(Rooms, MessageReachesTheOtherMembersAndNobodyElse) {
  Client alice(url()), bob(url()), carol(url());
  Place lobby = alice.connect("chat").join("lobby");
  bob.connect("chat").join("lobby");
  Place garden = carol.connect("chat").join("garden");
  lobby.emit("message", "hi");
  const kit::Event heard = bob.wait_for("message");
  EXPECT_EQ(heard.body, "hi");
  EXPECT_EQ(heard.room, "lobby");
  // Bob's answer comes after everything that the first message caused.
  bob.get().emit({.ns = "chat", .room = "lobby", .event = "message", .body = "and you?"});
  EXPECT_EQ(alice.wait_for("message").body, "and you?");
  garden.ask("who");
  EXPECT_FALSE(carol.events().has("message"));
}

TEST_P(Rooms, SenderHearsItselfWhereThatIsConfigured) {
  Client alice(url()), bob(url());
  alice.declare("loud");
  bob.declare("loud");
  Place lobby = alice.connect("loud").join("lobby");
  bob.connect("loud").join("lobby");
  lobby.emit("message", "hi");
  EXPECT_EQ(alice.wait_for("message").body, "hi");
  EXPECT_EQ(bob.wait_for("message").body, "hi");
}

TEST_P(Rooms, OthersAreToldWhoComesAndGoes) {
  Client alice(url()), bob(url());
  alice.connect("chat").join("lobby").ask("who");  // its own notice is over
  Place chat = bob.connect("chat");
  chat.emit("name", "Bob");
  Place lobby = chat.join("lobby");
  Json notice = Json::parse(alice.wait_for("notice").body);
  EXPECT_EQ(notice, (Json{{"kind", "joined"}, {"id", bob->id()}, {"name", "Bob"}}));
  lobby.leave();
  notice = Json::parse(alice.wait_for("notice").body);
  EXPECT_EQ(notice.at("kind"), "left");
  EXPECT_FALSE(bob.events().has("notice"));
}

TEST_P(Rooms, OthersAreToldWhenAConnectionIsLost) {
  Client alice(url());
  alice.connect("chat").join("lobby").ask("who");
  {
    Client bob(url());
    bob.connect("chat").join("lobby");
    EXPECT_EQ(Json::parse(alice.wait_for("notice").body).at("kind"), "joined");
  }
  EXPECT_EQ(Json::parse(alice.wait_for("notice").body).at("kind"), "left");
}

TEST_P(Rooms, LeavingOneKeepsTheOthers) {
  Client alice(url()), bob(url());
  Place chat = alice.connect("chat");
  Place lobby = chat.join("lobby");
  Place garden = chat.join("garden");
  bob.connect("chat").join("garden");
  lobby.leave();
  garden.emit("message", "still here");
  EXPECT_EQ(bob.wait_for("message").room, "garden");
  EXPECT_EQ(alice->rooms("chat"), std::vector<std::string>{"garden"});
}

TEST_P(Rooms, LeftRoomIsSilent) {
  Client alice(url()), bob(url());
  Place lobby = alice.connect("chat").join("lobby");
  Place chat = bob.connect("chat");
  chat.join("lobby").leave();
  lobby.emit("message", "to nobody");
  lobby.ask("who");
  chat.join("lobby");
  lobby.emit("message", "to bob");
  EXPECT_EQ(bob.wait_for("message").body, "to bob");
}

TEST_P(Rooms, JoiningAgainIsANewBeginning) {
  Client alice(url());
  Place chat = alice.connect("chat");
  for (int i = 0; i < 20; ++i) {
    Place lobby = chat.join("lobby");
    EXPECT_EQ(who(lobby).size(), 1U);
    lobby.leave();
  }
}

TEST_P(Rooms, WhoIsHereCountsEverybodyOnce) {
  std::vector<std::unique_ptr<Client>> clients;
  std::set<std::string> ids;
  for (int i = 0; i < 12; ++i) {
    clients.push_back(std::make_unique<Client>(url()));
    clients.back()->connect("chat").join("lobby");
    ids.insert((*clients.back())->id());
  }
  EXPECT_EQ(ids.size(), 12U);
  EXPECT_EQ(who(Place(*clients[0], "chat", "lobby")), ids);
  Place(*clients[3], "chat", "lobby").leave();
  EXPECT_EQ(who(Place(*clients[0], "chat")), ids) << "the namespace";
  ids.erase((*clients[3])->id());
  EXPECT_EQ(who(Place(*clients[0], "chat", "lobby")), ids) << "the room";
}

TEST_P(Rooms, OfOneNamespaceAreNotThoseOfAnother) {
  Client alice(url()), bob(url());
  alice.declare("loud");
  bob.declare("loud");
  Place quiet = alice.connect("chat").join("lobby");
  Place loud = alice.connect("loud").join("lobby");
  bob.connect("loud").join("lobby");
  bob.connect("chat");
  EXPECT_EQ(who(quiet).size(), 1U);
  EXPECT_EQ(who(loud).size(), 2U);
  quiet.emit("message", "in chat");
  loud.emit("message", "in loud");
  EXPECT_EQ(bob.wait_for("message").body, "in loud");
}

TEST_P(Rooms, NamesMayHoldAnything) {
  Client alice(url()), bob(url());
  const std::string name = "a;b @%! \xc3\xa9 \xf0\x9f\x8e\xad\n";
  Place room = alice.connect("chat").join(name);
  bob.connect("chat").join(name);
  room.emit("message", ";;;;;;;");
  const kit::Event heard = bob.wait_for("message");
  EXPECT_EQ(heard.room, name);
  EXPECT_EQ(heard.body, ";;;;;;;");
}

TEST_P(Rooms, MessageToARoomOneIsNotInComesBack) {
  kit::RawSocket socket(server().port());
  socket.acknowledge();
  socket.send_text("$1;chat;;_OnNamespaceConnect;0;0;");
  EXPECT_EQ(socket.receive_message(), "$1;;;;;;");
  socket.send_text(";chat;lobby;message;0;0;hi");
  EXPECT_EQ(socket.receive_message(), ";chat;lobby;message;1;0;bad room");
  socket.send_text("$2;chat;lobby;who;0;0;");
  EXPECT_EQ(socket.receive_message(), "$2;chat;lobby;who;1;0;bad room");
}

}  // namespace
}  // namespace stoa::behaviour
