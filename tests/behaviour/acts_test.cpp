// What the server and a client do to the same membership at the same time.
#include <algorithm>
#include <future>

#include "session.h"

namespace stoa::behaviour {
namespace {

using Acts = Probed;
STOA_WITH_WORKERS(Acts);

constexpr int kRefused = -100;   // the command itself failed
constexpr int kByAnswer = 4010;  // what the probe closes with

// The outcome of one of the probe's commands that somebody else has to make possible.
class Started {
 public:
  Started(ProbeClient& by, const std::string& command, const Json& arguments) {
    by.probe();
    by->ask({.ns = "probe", .event = command, .body = arguments.dump()}, kit::kPatience,
            [promise = promise_](const client::Outcome& outcome) {
              const Json answer = Json::parse(outcome.body, nullptr, false);
              promise->set_value(answer.is_object() ? answer.value("status", kRefused) : kRefused);
            });
  }
  [[nodiscard]] bool is_over() const {
    return future_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  }
  int status() { return future_.get(); }

 private:
  std::shared_ptr<std::promise<int>> promise_ = std::make_shared<std::promise<int>>();
  std::future<int> future_ = promise_->get_future();
};

// Reads what the server asks of the client, and agrees.
std::string agree(kit::RawSocket& raw) {
  const std::string asked = raw.receive_message();
  const std::size_t wait = asked.find(';');
  raw.send_text(asked.substr(0, wait) + ";;;;;;");
  return asked.substr(wait);
}

// A client of which the test writes every frame.
class Bob {
 public:
  explicit Bob(uint16_t port, const std::string& path = "/") : raw_(port) {
    id_ = raw_.acknowledge(path);
  }
  // Sends `wait;what;0;0;`.
  void wish(const std::string& wait, const std::string& what) {
    raw_.send_text(wait + ";" + what + ";0;0;");
  }
  void done(const std::string& wait, const std::string& what) {
    wish(wait, what);
    EXPECT_EQ(raw_.receive_message(), wait + ";;;;;;") << what;
  }
  void connect() { done("$1", "probe;;_OnNamespaceConnect"); }
  std::string hears() { return raw_.receive_message(); }
  std::string agrees() { return agree(raw_); }
  uint16_t is_closed_with() {
    const auto frame = raw_.receive_frame();
    return frame ? frame->close_code() : 0;
  }
  kit::RawSocket& raw() { return raw_; }
  [[nodiscard]] const std::string& id() const { return id_; }

 private:
  kit::RawSocket raw_;
  std::string id_;
};

TEST_P(Acts, RoomThatBothJoinIsJoinedOnce) {
  ProbeClient alice(url());
  Bob bob(server().port());
  bob.connect();
  alice.probe().ask("hold");
  bob.wish("$2", "probe;lobby;_OnRoomJoin");
  alice.probe().ask("held");
  Started join(alice, "join", {{"id", bob.id()}, {"room", "lobby"}});
  EXPECT_EQ(bob.agrees(), ";probe;lobby;_OnRoomJoin;0;0;");
  EXPECT_EQ(join.status(), 0);
  alice.probe().ask("release");
  EXPECT_EQ(bob.hears(), "$2;;;;;;");

  const Json news = {{"to", "room"}, {"room", "lobby"}, {"event", "news"}};
  const Json marker = {{"to", "namespace"}, {"event", "marker"}};
  alice.command("emit", news);
  alice.command("emit", marker);
  EXPECT_EQ(bob.hears(), ";probe;lobby;news;0;0;");
  EXPECT_EQ(bob.hears(), ";probe;;marker;0;0;");
  bob.done("$3", "probe;lobby;_OnRoomLeave");
  alice.command("emit", news);
  alice.command("emit", marker);
  EXPECT_EQ(bob.hears(), ";probe;;marker;0;0;");
  bob.raw().reset();
  alice.epitaph_of(bob.id());
  EXPECT_EQ(alice.command("emit", news).at("status"), 0);
}

// What a client may wish of its membership, and the answer if that is gone meanwhile.
struct Wish {
  const char* what;
  const char* answer;
};
constexpr Wish kWishes[] = {
    {"probe;lobby;_OnRoomJoin", "$2;probe;lobby;_OnRoomJoin;1;0;bad namespace"},
    {"probe;garden;_OnRoomLeave", "$2;;;;;;"},
    {"probe;;_OnNamespaceDisconnect", "$2;;;;;;"},
};

TEST_P(Acts, WishIsAnsweredThoughTheServerEndsTheMembership) {
  for (const Wish& wish : kWishes) {
    ProbeClient alice(url());
    Bob bob(server().port());
    bob.connect();
    bob.done("$1", "probe;garden;_OnRoomJoin");
    alice.probe().ask("hold");
    bob.wish("$2", wish.what);
    bob.wish("$3", "probe;;echo");
    alice.probe().ask("held");
    Started disconnect(alice, "disconnect", {{"id", bob.id()}});
    EXPECT_EQ(bob.agrees(), ";probe;;_OnNamespaceDisconnect;0;0;");
    EXPECT_EQ(bob.hears(), "$3;probe;;echo;1;0;bad namespace");
    EXPECT_EQ(disconnect.status(), 0);
    alice.probe().ask("release");
    EXPECT_EQ(bob.hears(), wish.answer);
  }
}

TEST_P(Acts, WishDoesNotTouchTheNextMembership) {
  for (const Wish& wish : kWishes) {
    ProbeClient alice(url());
    Bob bob(server().port());
    bob.connect();
    bob.done("$1", "probe;garden;_OnRoomJoin");
    alice.probe().ask("hold");
    bob.wish("$2", wish.what);
    alice.probe().ask("held");
    Started disconnect(alice, "disconnect", {{"id", bob.id()}});
    bob.agrees();
    EXPECT_EQ(disconnect.status(), 0);
    bob.connect();
    bob.done("$1", "probe;garden;_OnRoomJoin");
    alice.probe().ask("release");
    EXPECT_EQ(bob.hears(), wish.answer);
    bob.wish("$4", "probe;garden;echo");
    EXPECT_EQ(bob.hears(), "$4;probe;garden;echo;0;0;") << wish.what;
    EXPECT_EQ(alice.command("members", {{"room", "lobby"}}), Json::array());
  }
}

TEST_P(Acts, ServersJoinEndsWithTheMembership) {
  ProbeClient alice(url());
  Bob bob(server().port());
  bob.connect();
  Started join(alice, "join", {{"id", bob.id()}, {"room", "lobby"}});
  const std::string asked = bob.hears();
  bob.done("$2", "probe;;_OnNamespaceDisconnect");
  bob.connect();
  bob.raw().send_text(asked.substr(0, asked.find(';')) + ";;;;;;");
  EXPECT_EQ(join.status(), kNotFound);
  EXPECT_EQ(alice.command("members", {{"room", "lobby"}}), Json::array());
}

// Everything that was asked of bob's worker before has been done.
void settle(ProbeClient& alice, const Bob& bob) {
  EXPECT_EQ(alice.command("ask", {{"id", bob.id()}}).at("status"), kNotFound);
}

TEST_P(Acts, ConnectByTheServerWaitsForTheClientsOwn) {
  ProbeClient alice(url());
  Bob bob(server().port());
  alice.probe().ask("hold");
  bob.wish("$1", "probe;;_OnNamespaceConnect");
  alice.probe().ask("held");
  Started connect(alice, "connect", {{"id", bob.id()}});
  settle(alice, bob);
  EXPECT_FALSE(connect.is_over());
  alice.probe().ask("release");
  EXPECT_EQ(bob.hears(), "$1;;;;;;");
  EXPECT_EQ(connect.status(), 0);
}

TEST_P(Acts, ConnectByTheServerFollowsADenialOfTheClientsOwn) {
  ProbeClient alice(url());
  Bob bob(server().port());
  alice.probe().ask("hold");
  bob.wish("$1", "probe;;_OnNamespaceConnect");
  alice.probe().ask("held");
  Started connect(alice, "connect", {{"id", bob.id()}});
  settle(alice, bob);
  alice.probe().ask("release", "not you");
  EXPECT_EQ(bob.hears(), "$1;probe;;_OnNamespaceConnect;1;0;not you");
  EXPECT_EQ(bob.agrees(), ";probe;;_OnNamespaceConnect;0;0;");
  EXPECT_EQ(connect.status(), 0);
}

TEST_P(Acts, DisconnectByTheServerWaitsForTheClientsConnect) {
  ProbeClient alice(url());
  Bob bob(server().port());
  alice.probe().ask("hold");
  bob.wish("$1", "probe;;_OnNamespaceConnect");
  alice.probe().ask("held");
  Started disconnect(alice, "disconnect", {{"id", bob.id()}});
  settle(alice, bob);
  alice.probe().ask("release");
  EXPECT_EQ(bob.hears(), "$1;;;;;;");
  EXPECT_EQ(bob.agrees(), ";probe;;_OnNamespaceDisconnect;0;0;");
  EXPECT_EQ(disconnect.status(), 0);
}

TEST_P(Acts, WaitingActsHaveABound) {
  ProbeClient alice(url());
  Bob bob(server().port());
  alice.probe().ask("hold");
  bob.wish("$1", "probe;;_OnNamespaceConnect");
  alice.probe().ask("held");
  std::vector<std::unique_ptr<Started>> all;
  for (int i = 0; i < 65; ++i) {
    all.push_back(std::make_unique<Started>(alice, "connect", Json{{"id", bob.id()}}));
  }
  constexpr int kLimit = -5;  // STOA_ERR_LIMIT
  EXPECT_EQ(all.back()->status(), kLimit);
  EXPECT_FALSE(all.front()->is_over());
  alice.probe().ask("release");
  all.pop_back();
  for (const auto& one : all) EXPECT_EQ(one->status(), 0);
}

// How the server's connect went that the opening hook asked for.
std::vector<int> forced(ProbeClient& alice, const std::string& id) {
  std::vector<int> outcomes;
  alice.epitaph_of(id);
  for (const Json& entry : alice.command("journal", id)) {
    if (entry.at("event") == "forced") outcomes.push_back(entry.at("status"));
  }
  return outcomes;
}

TEST_P(Acts, ConnectWhileItOpensIsAnsweredIfItIsRefused) {
  ProbeClient alice(url());
  alice.probe();
  kit::RawSocket raw(server().port());
  ASSERT_EQ(raw.handshake("/?id=bob&force=probe&refuse=no"), 101);
  raw.send_text("M");
  EXPECT_EQ(raw.receive_message(), "Hno");
  EXPECT_EQ(forced(alice, "bob"), (std::vector<int>{kClosed}));
}

TEST_P(Acts, ConnectWhileItOpensIsAnsweredIfItGoes) {
  ProbeClient alice(url());
  alice.probe();
  kit::RawSocket raw(server().port());
  ASSERT_EQ(raw.handshake("/?id=bob&force=probe"), 101);
  raw.reset();
  EXPECT_EQ(forced(alice, "bob"), (std::vector<int>{kClosed}));
}

TEST_P(Acts, OfTheServerMayBeAnsweredByClosing) {
  ProbeClient alice(url());
  for (const std::string way : {"connect", "join", "leave", "disconnect"}) {
    Bob bob(server().port(), "/?close_at=" + way);
    if (way != "connect") bob.connect();
    if (way == "leave") bob.done("$2", "probe;lobby;_OnRoomJoin");
    Started act(alice, way, {{"id", bob.id()}, {"room", "lobby"}});
    const bool leads_in = way == "connect" || way == "join";
    if (!leads_in) bob.agrees();
    EXPECT_EQ(bob.is_closed_with(), kByAnswer) << way;
    const int status = act.status();
    if (leads_in) {
      EXPECT_EQ(status, kRemote) << way;
    }
  }
}

TEST_P(Acts, LastWordsOfTheHandlersArrive) {
  ProbeClient alice(url());
  Bob bob(server().port(), "/?bye=1");
  bob.connect();
  bob.done("$1", "probe;lobby;_OnRoomJoin");
  bob.wish("$2", "probe;lobby;_OnRoomLeave");
  EXPECT_EQ(bob.hears(), ";probe;lobby;bye;0;0;");
  EXPECT_EQ(bob.hears(), "$2;;;;;;");
  bob.done("$3", "probe;lobby;_OnRoomJoin");
  bob.wish("$4", "probe;;_OnNamespaceDisconnect");
  EXPECT_EQ(bob.hears(), ";probe;;bye;0;0;");
  EXPECT_EQ(bob.hears(), ";probe;lobby;bye;0;0;");
  EXPECT_EQ(bob.hears(), "$4;;;;;;");
}

TEST_P(Acts, LastWordsOfTheHandlersArriveIfTheServerActs) {
  ProbeClient alice(url());
  Bob bob(server().port(), "/?bye=1");
  bob.connect();
  bob.done("$1", "probe;lobby;_OnRoomJoin");
  bob.done("$2", "probe;garden;_OnRoomJoin");
  Started leave(alice, "leave", {{"id", bob.id()}, {"room", "lobby"}});
  EXPECT_EQ(bob.agrees(), ";probe;lobby;_OnRoomLeave;0;0;");
  EXPECT_EQ(bob.hears(), ";probe;lobby;bye;0;0;");
  EXPECT_EQ(leave.status(), 0);
  Started disconnect(alice, "disconnect", {{"id", bob.id()}});
  bob.agrees();
  EXPECT_EQ(bob.hears(), ";probe;garden;bye;0;0;");
  EXPECT_EQ(bob.hears(), ";probe;;bye;0;0;");
  EXPECT_EQ(disconnect.status(), 0);
}

// The end of the one question leads the plugin to answer the other.
TEST_P(Acts, QuestionsOfAConnectionThatGoesMayAnswerEachOther) {
  ProbeClient alice(url());
  Bob bob(server().port());
  bob.connect();
  alice.probe().ask("hold", "anyone");
  bob.raw().send_text(R"(;probe;;join;0;0;{"room":"lobby"})");
  alice.probe().ask("held");
  bob.wish("$2", "probe;;overhear");
  bob.wish("$3", "probe;;echo");
  EXPECT_EQ(bob.hears(), "$3;probe;;echo;0;0;");
  bob.raw().reset();
  alice.epitaph_of(bob.id());
  EXPECT_EQ(alice.probe().ask("echo", "still here"), "still here");
}

// Frames that reach the server in one piece, so that it handles them in one turn.
void send_at_once(Bob& bob, const std::vector<std::string>& messages) {
  std::string bytes;
  for (const std::string& message : messages) bytes += kit::RawFrame{.payload = message}.bytes();
  bob.raw().send(bytes);
}

TEST_P(Acts, NobodyJoinsOnceThePluginKnowsThatTheMembershipEnds) {
  ProbeClient alice(url());
  Bob bob(server().port(), "/?bye=1");
  bob.connect();
  const auto agreement = [&] {
    const std::string asked = bob.hears();
    return asked.substr(0, asked.find(';')) + ";;;;;;";
  };
  Started disconnect(alice, "disconnect", {{"id", bob.id()}});
  const std::string leaves = agreement();
  Started join(alice, "join", {{"id", bob.id()}, {"room", "lobby"}});
  const std::string joins = agreement();
  // The first gives the host something to do, so that the others wait for it, one behind the other.
  send_at_once(bob, {R"(;probe;;leave;0;0;{"room":"a room that nobody is in"})", leaves, joins});
  EXPECT_EQ(bob.hears(), ";probe;;bye;0;0;");
  EXPECT_EQ(disconnect.status(), 0);
  EXPECT_EQ(join.status(), kNotFound);
  const std::vector<std::string> story = alice.journal_of(bob.id());
  EXPECT_EQ(std::ranges::count(story, "probe joined lobby"), 0);
  EXPECT_EQ(story.back(), "probe disconnect forced");
}

TEST_P(Acts, ConnectByTheServerFollowsTheEndOfTheMembership) {
  ProbeClient alice(url());
  Bob bob(server().port(), "/?come_back=1");
  bob.connect();
  Started disconnect(alice, "disconnect", {{"id", bob.id()}});
  EXPECT_EQ(bob.agrees(), ";probe;;_OnNamespaceDisconnect;0;0;");
  EXPECT_EQ(bob.agrees(), ";probe;;_OnNamespaceConnect;0;0;");
  EXPECT_EQ(disconnect.status(), 0);
  bob.wish("$2", "probe;;echo");
  EXPECT_EQ(bob.hears(), "$2;probe;;echo;0;0;");
}

// The client comes back at once: while it is still being taken out, it must not be told "you are
// in".
TEST_P(Acts, ComingBackWhileBeingTakenOutIsANewMembership) {
  ProbeClient alice(url());
  Bob bob(server().port(), "/?bye=1");
  bob.connect();
  Started disconnect(alice, "disconnect", {{"id", bob.id()}});
  const std::string asked = bob.hears();
  const auto text = [](const std::string& payload) {
    return kit::RawFrame{.payload = payload}.bytes();
  };
  bob.raw().send(text(asked.substr(0, asked.find(';')) + ";;;;;;") +
                 text("$2;probe;;_OnNamespaceConnect;0;0;") + text("$3;probe;;echo;0;0;here"));
  EXPECT_EQ(bob.hears(), ";probe;;bye;0;0;");
  EXPECT_EQ(bob.hears(), "$2;;;;;;");
  EXPECT_EQ(bob.hears(), "$3;probe;;echo;0;0;here");
  EXPECT_EQ(disconnect.status(), 0);
}

}  // namespace
}  // namespace stoa::behaviour
