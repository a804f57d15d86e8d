// The plugins we ship, as their users meet them.
#include "session.h"

namespace stoa::behaviour {
namespace {

using client::Outcome;
using client::Status;
using kit::Client;
using kit::Place;
using Plugins = Shipped;
STOA_WITH_WORKERS(Plugins);

TEST_P(Plugins, EchoWelcomesEchoesAndKicks) {
  Client alice(url());
  Place home = alice.connect("default");
  EXPECT_EQ(alice.wait_for("welcome").body, alice->id());
  EXPECT_EQ(home.ask("echo", "hi"), "hi");
  const std::string bytes("\xff\x00\x80", 3);
  EXPECT_EQ(home.ask_binary("echo", bytes), bytes);
  home.emit("kick");
  const client::Closed closed = alice.wait_closed();
  EXPECT_EQ(closed.code, 4000);
  EXPECT_EQ(closed.reason, "kicked");
}

TEST_P(Plugins, EchoCarriesMessagesUpToTheLimit) {
  Client alice(url());
  Place home = alice.connect("default");
  const std::string large(60 * 1024, 'x');
  EXPECT_TRUE(home.ask("echo", large) == large);
  EXPECT_EQ(home.try_ask("echo", std::string(64 * 1024, 'x')).status, Status::kClosed);
  EXPECT_EQ(alice.wait_closed().code, 1009);
}

TEST_P(Plugins, ChatCountsWhatWasSaid) {
  Client alice(url()), bob(url());
  Place lobby = alice.connect("chat").join("lobby");
  Place too = bob.connect("chat").join("lobby");
  lobby.emit("message", "one");
  lobby.emit("message", "two");
  too.emit("message", "three");
  too.ask("stats");  // its message was counted before
  EXPECT_EQ(lobby.ask("stats"), R"({"said":2,"total":3})");
}

TEST(ChatV2, CarriesReactionsToTheOthersInTheRoom) {
  kit::Server server({.rest = "[namespace.chat]\nplugin = \"chat-v2\"\n"});
  Client alice(server.url()), bob(server.url());
  Place lobby = alice.connect("chat").join("lobby");
  bob.connect("chat").join("lobby");
  lobby.emit("react", R"({"to": "m1", "emoji": "\u2764"})");
  const std::string body = bob.wait_for("reaction").body;
  EXPECT_EQ(body, "{\"emoji\":\"\u2764\",\"id\":\"" + alice->id() + "\",\"name\":\"" + alice->id() +
                      "\",\"to\":\"m1\"}");
  EXPECT_EQ(lobby.ask("stats"), R"({"reactions":1,"said":0,"total":0})");
}

TEST_P(Plugins, ClockTicksForEverybodyAndRingsForOne) {
  Client alice(url()), bob(url());
  Place clock = alice.connect("clock");
  bob.connect("clock");
  EXPECT_EQ(alice.wait_for("tick").body.size(), std::string("2026-10-31T12:00:00Z").size());
  bob.wait_for("tick");
  EXPECT_EQ(clock.ask("now").back(), 'Z');
  clock.emit("alarm", "1");
  alice.wait_for("alarm");
  bob.wait_for("tick");
  EXPECT_FALSE(bob.events().has("alarm"));
  EXPECT_EQ(clock.try_ask("alarm", "soon").body, "not a number");
}

TEST_P(Plugins, GateTellsUsersByTheirToken) {
  Client ada(url("?token=s3cret"));
  EXPECT_EQ(ada.connect("admin").ask("whoami"), "ada");
  Client by_header(url());
  by_header.options().headers = {{"X-Token", "s3cret"}};
  EXPECT_EQ(by_header.connect("admin").ask("whoami"), "ada");
  Client bob(url("?token=other"));
  const Outcome denied = bob.try_connect("admin");
  EXPECT_EQ(denied.status, Status::kError);
  EXPECT_EQ(denied.body, "admins only");
  Client mallory(url("?token=guess"));
  EXPECT_EQ(mallory.dial().body, "bad token");
}

TEST_P(Plugins, TallyAddsUpWhatEverybodyAdds) {
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 6; ++i) {
    clients.push_back(std::make_unique<Client>(url()));
    Place tally = clients.back()->connect("tally");
    for (int n = 0; n < 20; ++n) tally.emit("add", "2");
    tally.ask("get");
  }
  EXPECT_EQ(Place(*clients[0], "tally").ask("get"), "240");
  EXPECT_EQ(Place(*clients[0], "tally").try_ask("add", "two").body, "not a number");
}

TEST_P(Plugins, NativeSendsEveryFrameBack) {
  Client alice(url());
  alice.options().namespaces[""].on(client::kNativeMessage,
                                    [&](client::Client&, const client::Message& message) {
                                      alice.events().record(kit::Event::of(message));
                                    });
  ASSERT_TRUE(alice.try_connect(""));
  EXPECT_TRUE(alice->emit_native("no message"));
  EXPECT_EQ(alice.wait_for(client::kNativeMessage).body, "no message");
  EXPECT_TRUE(alice->emit_native(std::string_view("\xff\x00", 2), true));
  const kit::Event back = alice.wait_for(client::kNativeMessage);
  EXPECT_EQ(back.body, std::string("\xff\x00", 2));
  EXPECT_TRUE(back.binary);
}

TEST_P(Plugins, UnknownNamespaceAndEventAreSaidToBe) {
  Client alice(url());
  alice.declare("nowhere");
  EXPECT_EQ(alice.try_connect("nowhere").body, "bad namespace");
  EXPECT_EQ(alice.connect("default").try_ask("no such event").body, "unknown event");
}

}  // namespace
}  // namespace stoa::behaviour
