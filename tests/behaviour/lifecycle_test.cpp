// Who is told what, in which order, on every way in and out. Seen from the server's side by the
// probe's journal, and from the client's by its events.
#include "session.h"

namespace stoa::behaviour {
namespace {

using client::Outcome;
using client::Status;
using Lines = std::vector<std::string>;
using Lifecycle = Probed;
STOA_WITH_WORKERS(Lifecycle);

// Only those of one namespace: what different namespaces see is not ordered among them.
Lines of_namespace(const std::string& ns, const Lines& lines) {
  Lines some;
  for (const std::string& line : lines) {
    if (line.starts_with(ns + " ")) some.push_back(line.substr(ns.size() + 1));
  }
  return some;
}

TEST_P(Lifecycle, OfAVisitIsCompleteAndOrdered) {
  ProbeClient alice(url());
  kit::Place lobby = alice.probe().join("lobby");
  lobby.leave();
  EXPECT_EQ(of_namespace("probe", alice.journal_of(alice->id())),
            (Lines{"open", "connect", "connected", "join lobby", "joined lobby", "leave lobby",
                   "left lobby"}));
  alice.probe().disconnect();
  EXPECT_EQ(alice.events().story("probe"),
            (Lines{" _OnNamespaceConnect", " _OnNamespaceConnected", "/lobby _OnRoomJoin",
                   "/lobby _OnRoomJoined", "/lobby _OnRoomLeave", "/lobby _OnRoomLeft",
                   " _OnNamespaceDisconnect"}));
}

TEST_P(Lifecycle, WhatIsDoneAlreadyFiresNothing) {
  ProbeClient alice(url());
  alice.probe();
  kit::RawSocket raw(server().port());
  const std::string id = raw.acknowledge();
  for (const char* ask :
       {"probe;;_OnNamespaceConnect", "probe;;_OnNamespaceConnect", "probe;lobby;_OnRoomJoin",
        "probe;lobby;_OnRoomJoin", "probe;garden;_OnRoomLeave", "other;;_OnNamespaceDisconnect"}) {
    raw.send_text("$1;" + std::string(ask) + ";0;0;");
    EXPECT_EQ(raw.receive_message(), "$1;;;;;;") << ask;
  }
  EXPECT_EQ(of_namespace("probe", alice.journal_of(id)),
            (Lines{"open", "connect", "connected", "join lobby", "joined lobby"}));
}

TEST_P(Lifecycle, DenialsKeepTheClientOut) {
  ProbeClient alice(url());
  const Outcome closed = alice.try_connect("closed");
  EXPECT_EQ(closed.status, Status::kError);
  EXPECT_EQ(closed.body, "closed today");
  alice.probe();
  EXPECT_EQ(alice->join("probe", "locked").body, "locked room");
  EXPECT_FALSE(alice->joined("probe", "locked"));
  EXPECT_EQ(alice.command("members", {{"room", "locked"}}), Json::array());
}

TEST_P(Lifecycle, RefusalsKeepTheClientIn) {
  ProbeClient alice(url());
  alice.probe().join("sticky");
  EXPECT_EQ(alice->leave("probe", "sticky").body, "you stay");
  EXPECT_TRUE(alice->joined("probe", "sticky"));
  alice.probe().ask("stay");
  EXPECT_EQ(alice->disconnect("probe").body, "not yet");
  EXPECT_EQ(alice.probe().ask("echo", "here"), "here");
}

TEST_P(Lifecycle, RefusedConnectionIsTold) {
  for (const char* query : {"?refuse=go+away", "?refuse_later=go+away"}) {
    ProbeClient alice(url(query));
    const Outcome outcome = alice.dial();
    EXPECT_EQ(outcome.status, Status::kError);
    EXPECT_EQ(outcome.body, "go away");
  }
}

TEST_P(Lifecycle, ConnectionHookMayTakeItsTimeAndNameTheConnection) {
  ProbeClient alice(url("?open_later=20&id=alice&user=ada"));
  const Json facts = alice.command("facts");
  EXPECT_EQ(alice->id(), "alice");
  EXPECT_EQ(facts.at("user"), "ada");
}

TEST_P(Lifecycle, SlowConnectHoldsBackWhatFollowsIt) {
  kit::RawSocket raw(server().port());
  raw.acknowledge();
  raw.send_text("$1;slow;;_OnNamespaceConnect;0;0;");
  raw.send_text("$2;slow;;echo;0;0;early");
  EXPECT_EQ(raw.receive_message(), "$1;;;;;;");
  EXPECT_EQ(raw.receive_message(), "$2;slow;;echo;0;0;early");
}

TEST_P(Lifecycle, PushFromTheConnectedHandlerFollowsTheAnswer) {
  kit::RawSocket raw(server().port());
  raw.acknowledge("/?push=3");
  raw.send_text("$1;probe;;_OnNamespaceConnect;0;0;");
  EXPECT_EQ(raw.receive_message(), "$1;;;;;;");
  for (const char* number : {"0", "1", "2"}) {
    EXPECT_EQ(raw.receive_message(), std::string(";probe;;pushed;0;0;") + number);
  }
}

TEST_P(Lifecycle, ServerForcesAClientInFromTheConnectionHook) {
  ProbeClient alice(url("?force=probe,other"));
  ASSERT_TRUE(alice.dial());
  EXPECT_TRUE(alice->wait_connected("probe", kit::kPatience));
  EXPECT_TRUE(alice->wait_connected("other", kit::kPatience));
  EXPECT_FALSE(alice.wait_for(client::kConnected).local);
}

TEST_P(Lifecycle, ServerMovesTheClientAbout) {
  ProbeClient alice(url());
  EXPECT_EQ(alice.command("connect", {{"ns", "other"}}).at("status"), 0);
  EXPECT_TRUE(alice->connected("other"));
  EXPECT_EQ(alice.command("join", {{"room", "lobby"}}).at("status"), 0);
  EXPECT_TRUE(alice->joined("probe", "lobby"));
  EXPECT_EQ(alice.command("leave", {{"room", "lobby"}}).at("status"), 0);
  EXPECT_FALSE(alice->joined("probe", "lobby"));
  EXPECT_EQ(alice.command("disconnect", {{"ns", "other"}}).at("status"), 0);
  EXPECT_FALSE(alice->connected("other"));
  // The two share a journal, unless each has a process.
  if (kit::in_processes()) return;
  EXPECT_EQ(of_namespace("other", alice.journal_of(alice->id())),
            (Lines{"open", "connect", "connected", "disconnect forced"}));
}

TEST_P(Lifecycle, ServerMovesAnotherClientAbout) {
  ProbeClient alice(url()), bob(url());
  bob.probe();
  EXPECT_EQ(alice.command("join", {{"id", bob->id()}, {"room", "lobby"}}).at("status"), 0);
  EXPECT_TRUE(bob->joined("probe", "lobby"));
  EXPECT_EQ(alice.command("members", {{"room", "lobby"}}), Json::array({bob->id()}));
  EXPECT_EQ(alice.command("disconnect_all", {{"id", bob->id()}}).at("status"), 0);
  EXPECT_TRUE(bob->namespaces().empty());
}

// What the namespace sees when a member of two rooms is gone.
const Lines kForcedOut = {"leave garden forced", "left garden forced", "leave lobby forced",
                          "left lobby forced",   "disconnect forced",  "close"};

// The last entries of the connection in "probe", rooms in alphabetical order: theirs is not
// promised.
Lines ending(ProbeClient& observer, const std::string& id) {
  Lines lines = of_namespace("probe", observer.epitaph_of(id));
  if (lines.size() > kForcedOut.size()) {
    lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(kForcedOut.size()));
  }
  if (lines.size() == kForcedOut.size() && lines[0].starts_with("leave lobby")) {
    std::rotate(lines.begin(), lines.begin() + 2, lines.begin() + 4);
  }
  return lines;
}

// A member of two rooms of "probe".
std::string enter_two_rooms(kit::RawSocket& raw) {
  std::string id = raw.acknowledge();
  for (const char* ask :
       {"probe;;_OnNamespaceConnect", "probe;lobby;_OnRoomJoin", "probe;garden;_OnRoomJoin"}) {
    raw.send_text("$1;" + std::string(ask) + ";0;0;");
    EXPECT_EQ(raw.receive_message(), "$1;;;;;;");
  }
  return id;
}

TEST_P(Lifecycle, EndsTheSameByACloseFrame) {
  ProbeClient observer(url());
  observer.probe();
  kit::RawSocket raw(server().port());
  const std::string id = enter_two_rooms(raw);
  raw.send(kit::RawFrame{.opcode = 0x8, .payload = "\x03\xe8"}.bytes());
  EXPECT_EQ(ending(observer, id), kForcedOut);
  EXPECT_TRUE(raw.wait_end());
}

TEST_P(Lifecycle, EndsTheSameByAReset) {
  ProbeClient observer(url());
  observer.probe();
  kit::RawSocket raw(server().port());
  const std::string id = enter_two_rooms(raw);
  raw.reset();
  EXPECT_EQ(ending(observer, id), kForcedOut);
}

TEST_P(Lifecycle, EndsTheSameInTheMiddleOfAFrame) {
  ProbeClient observer(url());
  observer.probe();
  kit::RawSocket raw(server().port());
  const std::string id = enter_two_rooms(raw);
  raw.send(kit::RawFrame{.declared_size = 1'000, .payload = "half"}.bytes());
  raw.shut_down_sending();
  EXPECT_EQ(ending(observer, id), kForcedOut);
}

TEST_P(Lifecycle, EndsTheSameByAKick) {
  ProbeClient observer(url());
  observer.probe();
  kit::RawSocket raw(server().port());
  const std::string id = enter_two_rooms(raw);
  EXPECT_EQ(observer.command("close", {{"id", id}, {"code", 4003}, {"reason", "out"}}).at("status"),
            0);
  const auto frame = raw.receive_frame();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->close_code(), 4003);
  EXPECT_EQ(frame->close_reason(), "out");
  EXPECT_EQ(ending(observer, id), kForcedOut);
}

TEST_P(Lifecycle, EndsTheSameByAnOversizeMessage) {
  ProbeClient observer(url());
  observer.probe();
  kit::RawSocket raw(server().port());
  const std::string id = enter_two_rooms(raw);
  raw.send_text(std::string(70 * 1024, 'x'));
  const auto frame = raw.receive_frame();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->close_code(), 1009);
  EXPECT_EQ(ending(observer, id), kForcedOut);
}

TEST_P(Lifecycle, ConnectionWithoutANamespaceOnlyOpensAndCloses) {
  ProbeClient observer(url());
  observer.probe();
  std::string id;
  {
    kit::RawSocket raw(server().port());
    id = raw.acknowledge();
  }
  EXPECT_EQ(of_namespace("probe", observer.epitaph_of(id)), (Lines{"open", "close"}));
}

TEST_P(Lifecycle, KickedClientComesBackToItsNamespacesAndRooms) {
  ProbeClient alice(url());
  alice.options().reconnect = {.enabled = true, .first_delay = std::chrono::milliseconds(10)};
  alice.probe().join("lobby");
  alice.connect("other");
  alice.probe().emit("close", "{}");
  EXPECT_EQ(alice.wait_closed().code, 4000);
  EXPECT_EQ(alice.wait_reconnected(), 1U);
  const Json facts = alice.command("facts");
  EXPECT_EQ(facts.at("reconnects"), "1");
  EXPECT_EQ(facts.at("rooms"), Json::array({"lobby"}));
  EXPECT_TRUE(alice->connected("other"));
}

}  // namespace
}  // namespace stoa::behaviour
