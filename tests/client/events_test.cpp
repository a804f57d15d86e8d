// Events, asks, answers and rooms, against neffos for Go.
#include <future>
#include <thread>

#include "peer.h"

namespace stoa::tests {
namespace {

using client::Message;
using client::Outcome;
using client::Reply;
using client::Status;
using std::chrono::milliseconds;

TEST_F(Reference, AskGetsTheHandlersReply) {
  auto alice = client();
  auto home = alice->connect("default");
  EXPECT_EQ(home.ask("echo", "hello"), "hello");
  EXPECT_EQ(home.ask("echo", ""), "");
  EXPECT_EQ(home.ask("echo", "1;2;3;4;5;6;7;8"), "1;2;3;4;5;6;7;8");
}

TEST_F(Reference, ReplyToAnEmitComesAsAnEvent) {
  auto alice = client();
  alice->connect("default").emit("echo", "hello");
  EXPECT_EQ(alice->wait_for("echo").body, "hello");
}

TEST_F(Reference, BinaryStaysBinaryBothWays) {
  auto alice = client();
  auto home = alice->connect("default");
  home.emit("push binary");
  const kit::Event pushed = alice->wait_for("pushed");
  EXPECT_TRUE(pushed.binary);
  EXPECT_EQ(pushed.body, std::string("\xfe\xff\x00;", 4));
  const std::string bytes("\x80\xff\x00;\xc0", 5);
  const Outcome outcome =
      (*alice)->ask({.ns = "default", .event = "echo", .body = bytes, .binary = true});
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome.body, bytes);
}

TEST_F(Reference, ErrorsComeByText) {
  auto alice = client();
  const Outcome outcome = alice->connect("default").try_ask("fail", "out of coffee");
  EXPECT_EQ(outcome.status, Status::kError);
  EXPECT_EQ(outcome.body, "out of coffee");
}

TEST_F(Reference, ErrorOfAnEmitIsAnEventAndIsNotAnswered) {
  auto alice = client();
  alice->on("default", "fail",
            [](client::Client&, const Message&) { return Reply::error("and so do I"); });
  auto home = alice->connect("default");
  home.emit("fail", "no");
  const kit::Event failed = alice->wait_for("fail");
  EXPECT_TRUE(failed.error);
  EXPECT_EQ(failed.body, "no");
  home.ask("echo");
  EXPECT_FALSE(alice->events().has("fail"));
}

TEST_F(Reference, AskWithoutAnAnswerEndsAtItsDeadline) {
  auto alice = client();
  auto home = alice->connect("default");
  EXPECT_EQ(home.try_ask("silent", "", milliseconds(50)).status, Status::kTimeout);
  EXPECT_EQ(home.ask("echo", "still there"), "still there");
}

TEST_F(Reference, AskIsWokenWhenTheConnectionGoesAway) {
  auto alice = client();
  auto home = alice->connect("default");
  home.emit("drop");
  const Outcome outcome = home.try_ask("silent");
  EXPECT_EQ(outcome.status, Status::kClosed);
  EXPECT_EQ(outcome.body, client::kWriteClosed);
}

TEST_F(Reference, NothingIsSentToWhereTheClientIsNot) {
  auto alice = client();
  ASSERT_TRUE(alice->dial());
  const Outcome nowhere = (*alice)->emit({.ns = "chat", .event = "message"});
  EXPECT_EQ(nowhere.status, Status::kNotMember);
  EXPECT_EQ(nowhere.body, client::kBadNamespace);
  alice->connect("chat");
  const Outcome outside = (*alice)->emit({.ns = "chat", .room = "lobby", .event = "message"});
  EXPECT_EQ(outside.body, client::kBadRoom);
  EXPECT_EQ((*alice)->emit({.ns = "chat"}).status, Status::kInvalid);
}

TEST_F(Reference, FiftyAsksAtOnceGetTheirOwnAnswers) {
  auto alice = client();
  alice->connect("default");
  std::vector<std::promise<Outcome>> outcomes(50);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    (*alice)->ask({.ns = "default", .event = "echo", .body = std::to_string(i)}, kit::kPatience,
                  [&outcomes, i](Outcome o) { outcomes[i].set_value(std::move(o)); });
  }
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    EXPECT_EQ(outcomes[i].get_future().get().body, std::to_string(i));
  }
}

TEST_F(Reference, ThreadsMayShareAClient) {
  auto alice = client();
  auto home = alice->connect("default");
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&home, t] {
      for (int i = 0; i < 50; ++i) {
        const std::string body = std::to_string(t) + "/" + std::to_string(i);
        EXPECT_EQ(home.ask("echo", body), body);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(Reference, ServersAskGetsTheHandlersReply) {
  auto alice = client();
  alice->on("default", "who are you", [](client::Client&, const Message& m) {
    return Reply::with("alice, asked " + std::string(m.body));
  });
  alice->connect("default").emit("question", "who are you");
  EXPECT_EQ(alice->wait_for("outcome").body, "ok alice, asked what?");
  EXPECT_TRUE(alice->wait_for("who are you").ask);
}

TEST_F(Reference, ServersBinaryAskIsAnsweredInBinary) {
  auto alice = client();
  alice->on("default", "bytes",
            [](client::Client&, const Message& m) { return Reply::with(std::string(m.body)); });
  alice->connect("default").emit("binary question", "bytes");
  EXPECT_EQ(alice->wait_for("outcome").body, std::string("ok \xff\x00", 5));
}

TEST_F(Reference, ServersAskAlwaysGetsAnAnswer) {
  client::Options options;
  options.url = url();
  std::promise<std::string> outcomes[3];
  int next = 0;
  options.namespaces["default"]
      .on("silent here", [](client::Client&, const Message&) {})
      .on("broken", [](client::Client&, const Message&) { throw std::runtime_error("it broke"); })
      .on("outcome", [&](client::Client&, const Message& m) {
        outcomes[next++].set_value(std::string(m.body));
      });
  client::Client alice(options);
  ASSERT_TRUE(alice.dial());
  ASSERT_TRUE(alice.connect("default"));
  const std::pair<const char*, const char*> expected[] = {
      {"silent here", "ok "}, {"broken", "error it broke"}, {"nobody", "error unknown event"}};
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(alice.emit({.ns = "default", .event = "question", .body = expected[i].first}));
    EXPECT_EQ(outcomes[i].get_future().get(), expected[i].second);
  }
}

TEST_F(Reference, BlockingInAHandlerIsAnErrorAndNoDeadlock) {
  auto alice = client();
  std::promise<Outcome> blocked;
  std::promise<Outcome> answered;
  alice->on("default", "welcome", [&](client::Client& c, const Message&) {
    blocked.set_value(c.ask({.ns = "default", .event = "echo"}));
    c.ask({.ns = "default", .event = "echo", .body = "from inside"}, kit::kPatience,
          [&](Outcome o) { answered.set_value(std::move(o)); });
    return Reply();
  });
  alice->connect("default");
  EXPECT_EQ(blocked.get_future().get().status, Status::kWrongThread);
  EXPECT_EQ(answered.get_future().get().body, "from inside");
}

TEST_F(Reference, LargeMessagesArriveWhole) {
  auto alice = client();
  auto home = alice->connect("default");
  const std::string large(3 * 1024 * 1024, 'y');
  EXPECT_TRUE(home.ask("echo", large) == large);
  EXPECT_EQ(home.ask("large", "5000000").size(), 5'000'000U);
}

TEST_F(Reference, FragmentsAreOneMessage) {
  auto alice = client();
  alice->connect("default").emit("fragments");
  EXPECT_EQ(alice->wait_for("pieced").body, "one two three");
}

TEST_F(Reference, OversizeMessageClosesWith1009) {
  auto alice = client();
  alice->options().max_message_bytes = 100'000;
  auto home = alice->connect("default");
  EXPECT_EQ(home.ask("large", "90000").size(), 90'000U);
  EXPECT_EQ(home.try_ask("large", "100001").status, Status::kClosed);
  EXPECT_EQ(alice->wait_closed().code, 1009);
}

TEST_F(Reference, FullQueueIsALimitNotGrowth) {
  auto alice = client();
  alice->options().send_queue_bytes = 10'000;
  auto home = alice->connect("default");
  EXPECT_EQ(home.try_ask("echo", std::string(20'000, 'z')).status, Status::kLimit);
  EXPECT_EQ(home.ask("echo", std::string(9'000, 'z')).size(), 9'000U);
  EXPECT_EQ(home.ask("echo", std::string(9'000, 'z')).size(), 9'000U);
}

TEST_F(Reference, RoomsAreJoinedLeftAndDenied) {
  auto alice = client();
  auto chat = alice->connect("chat");
  auto lobby = chat.join("lobby");
  chat.join("garden");
  EXPECT_EQ(chat.ask("rooms"), "2");
  lobby.leave();
  EXPECT_EQ(chat.ask("rooms"), "1");
  EXPECT_EQ((*alice)->rooms("chat"), std::vector<std::string>{"garden"});
  const Outcome closed = (*alice)->join("chat", "closed");
  EXPECT_EQ(closed.status, Status::kError);
  EXPECT_EQ(closed.body, "members only");
  chat.join("prison");
  EXPECT_EQ((*alice)->leave("chat", "prison").body, "you stay");
  EXPECT_EQ((*alice)->leave("chat", "lobby").body, client::kBadRoom);
}

TEST_F(Reference, RoomMessagesReachTheOtherMembersOnly) {
  auto alice = client();
  auto bob = client();
  auto carol = client();
  auto lobby = alice->connect("chat").join("lobby");
  bob->connect("chat").join("lobby");
  auto carols = carol->connect("chat");
  lobby.emit("message", "hi");
  const kit::Event heard = bob->wait_for("message");
  EXPECT_EQ(heard.body, "hi");
  EXPECT_EQ(heard.room, "lobby");
  carols.ask("rooms");
  lobby.ask("rooms");
  EXPECT_FALSE(carol->events().has("message"));
  EXPECT_FALSE(alice->events().has("message"));
}

TEST_F(Reference, ServerMovesTheClientIntoARoomAndOut) {
  auto alice = client();
  alice->connect("chat");
  auto home = alice->connect("default");
  home.emit("join me", "lobby");
  EXPECT_EQ(alice->wait_for("outcome").body, "ok ");
  EXPECT_TRUE((*alice)->joined("chat", "lobby"));
  home.emit("remove me", "lobby");
  EXPECT_EQ(alice->wait_for("outcome").body, "ok ");
  EXPECT_FALSE((*alice)->joined("chat", "lobby"));
  EXPECT_TRUE(alice->wait_for(client::kRoomLeft).forced);
  EXPECT_FALSE(alice->wait_for(client::kRoomJoined).local);
}

}  // namespace
}  // namespace stoa::tests
