// What clients and plugins can ask too much of: bounds that hold, and bounds that do not bite whom
// they should not.
#include <algorithm>
#include <future>
#include <set>
#include <string>

#include "session.h"

namespace stoa::behaviour {
namespace {

using client::Outcome;
using Bounds = Probed;
STOA_WITH_WORKERS(Bounds);

// Puts a raw client into a namespace, and returns its id.
std::string enter(kit::RawSocket& socket, const std::string& ns, const std::string& path = "/") {
  std::string id = socket.acknowledge(path);
  socket.send_text("$in;" + ns + ";;_OnNamespaceConnect;0;0;");
  EXPECT_EQ(socket.receive_message(), "$in;;;;;;");
  return id;
}

TEST_P(Bounds, OfTheQueueDoNotCountWhatTheSocketTakes) {
  // A little more than the queue's 1 MiB, and less than that and a socket's buffer.
  constexpr int kCount = 67;
  constexpr int kBytes = 16 * 1024;
  kit::RawSocket socket(server().port());
  enter(socket, "probe");
  socket.send_text("$b;probe;;burst;0;0;" + Json{{"count", kCount}, {"bytes", kBytes}}.dump());
  int bursts = 0;
  std::string message;
  while ((message = socket.receive_message()).starts_with(";probe;;burst;")) ++bursts;
  EXPECT_EQ(bursts, kCount);
  EXPECT_EQ(message, "$b;probe;;burst;0;0;{\"status\":0}");
}

TEST_P(Bounds, QuestionsThatPluginsKeepAreCounted) {
  constexpr int kAllowed = 1024;
  constexpr int kMore = 7;
  kit::RawSocket socket(server().port());
  enter(socket, "probe");
  for (int i = 0; i < kAllowed + kMore; ++i) {
    ASSERT_TRUE(socket.send_text("$" + std::to_string(i) + ";probe;;never;0;0;"));
  }
  for (int i = kAllowed; i < kAllowed + kMore; ++i) {
    EXPECT_EQ(socket.receive_message(),
              "$" + std::to_string(i) + ";probe;;never;1;0;handler unavailable");
  }
  // Its other questions, and other clients, do not suffer.
  socket.send_text("$e;probe;;echo;0;0;hi");
  EXPECT_EQ(socket.receive_message(), "$e;probe;;echo;0;0;hi");
  EXPECT_EQ(ProbeClient(url()).probe().ask("later", "still here"), "still here");
}

TEST_P(Bounds, WhatWaitsForADecisionMayBeMuch) {
  constexpr int kCount = 500;
  kit::RawSocket socket(server().port());
  socket.acknowledge();
  socket.send_text("$in;slow;;_OnNamespaceConnect;0;0;");
  for (int i = 0; i < kCount; ++i) {
    socket.send_text("$" + std::to_string(i) + ";slow;;echo;0;0;" + std::to_string(i));
  }
  const std::string big(60'000, 'b');
  socket.send_text("$big;slow;;echo;0;0;" + big);
  EXPECT_EQ(socket.receive_message(), "$in;;;;;;");
  for (int i = 0; i < kCount; ++i) {
    const std::string number = std::to_string(i);
    ASSERT_EQ(socket.receive_message(), "$" + number + ";slow;;echo;0;0;" + number);
  }
  EXPECT_EQ(socket.receive_message(), "$big;slow;;echo;0;0;" + big);
}

TEST_P(Bounds, AnswerOfWhoWasNotAskedDoesNotCount) {
  ProbeClient alice(url("?id=alice"));
  kit::RawSocket bob(server().port());
  kit::RawSocket carol(server().port());
  alice.probe().join("r");
  for (kit::RawSocket* socket : {&bob, &carol}) {
    enter(*socket, "probe", socket == &bob ? "/?id=bob" : "/?id=carol");
    socket->send_text("$j;probe;r;_OnRoomJoin;0;0;");
    EXPECT_EQ(socket->receive_message(), "$j;;;;;;");
  }
  std::promise<Outcome> outcome;
  alice->ask({.ns = "probe",
              .event = "ask",
              .body = Json{{"to", "room"}, {"room", "r"}, {"only_id", "carol"}}.dump()},
             kit::kPatience, [&outcome](Outcome o) { outcome.set_value(std::move(o)); });
  const std::string question = carol.receive_message();
  const std::string wait = question.substr(0, question.find(';'));
  // Every wait field that a server which counts would have chosen.
  for (const char* worker : {"0", "1", "2", "3"}) {
    for (int ns = 0; ns < 4; ++ns) {
      for (int number = 0; number < 40; ++number) {
        bob.send_text("g" + std::string(worker) + "." + std::to_string(ns) + "." +
                      std::to_string(number) + ";probe;r;question;0;0;forged");
      }
    }
  }
  bob.send_text("$e;probe;;echo;0;0;heard");
  EXPECT_EQ(bob.receive_message(), "$e;probe;;echo;0;0;heard");
  carol.send_text(wait + ";probe;r;question;0;0;true");
  const Json answer = Json::parse(outcome.get_future().get().body);
  EXPECT_EQ(answer.value("body", ""), "true");
  EXPECT_EQ(answer.value("from", ""), "carol");
}

TEST_P(Bounds, FactsAreReadOnAnyThreadWhileConnectionsCome) {
  ProbeClient alice(url());
  alice.probe();
  std::promise<Outcome> outcome;
  alice->ask({.ns = "probe", .event = "watch", .body = R"({"times": 20000})"}, kit::kPatience,
             [&outcome](Outcome o) { outcome.set_value(std::move(o)); });
  std::vector<std::unique_ptr<kit::RawSocket>> crowd;
  for (int i = 0; i < 150; ++i) {
    crowd.push_back(std::make_unique<kit::RawSocket>(server().port()));
    crowd.back()->acknowledge();
  }
  EXPECT_EQ(outcome.get_future().get().body, R"({"right":20000})");
}

TEST_P(Bounds, TimerThatWasHeldUpDoesNotHurry) {
  ProbeClient alice(url());
  // Beats keep to their grid: one may follow the last sooner than a period, if that came late.
  const Json answer =
      alice.command("beats", {{"period_ms", 500}, {"held_up_ms", 1250}, {"count", 3}});
  for (const Json& gap : answer["gaps_ms"]) EXPECT_GT(gap.get<double>(), 100) << answer;
}

TEST_P(Bounds, TimerThatWasStoppedDoesNotBegin) {
  std::vector<std::unique_ptr<ProbeClient>> clients;  // on every worker
  for (int i = 0; i < 8; ++i) clients.push_back(std::make_unique<ProbeClient>(url()));
  for (const auto& client : clients) client->probe().ask("stopped_late");
  EXPECT_EQ(clients[0]->probe().ask("beats_after_stop"), "0");
}

// What came while the loop was held up is read before it is found to be late.
TEST_P(Bounds, AnswerInTimeCountsThoughTheLoopIsHeldUp) {
  ProbeClient alice(url());
  alice.probe();
  kit::RawSocket bob(server().port());
  const std::string id = enter(bob, "probe");
  std::promise<Json> outcome;
  alice->ask({.ns = "probe",
              .event = "ask",
              .body = Json{{"id", id}, {"event", "question"}, {"timeout_ms", 300}}.dump()},
             kit::kPatience,
             [&](const client::Outcome& o) { outcome.set_value(Json::parse(o.body)); });
  const std::string question = bob.receive_message();
  bob.send_text(";probe;;nap;0;0;600");
  ASSERT_TRUE(server().process().wait_for_log("napping"));
  bob.send_text(question.substr(0, question.find(';')) + ";probe;;question;0;0;yes");
  EXPECT_EQ(outcome.get_future().get().value("body", "too late"), "yes");
}

TEST_P(Bounds, MisuseOfTheHostIsAnErrorAndALine) {
  ProbeClient alice(url());
  const Json codes = alice.command("misuse");
  EXPECT_GT(codes.size(), 20u);
  // What a plugin in a process of its own says without waiting for an answer is only logged.
  const std::set<std::string> unheard = {"answer a stale token", "emit to nobody",
                                         "stop a stale timer"};
  for (const auto& [call, code] : codes.items()) {
    if (kit::in_processes() && unheard.contains(call)) continue;
    EXPECT_LT(code.get<int>(), 0) << call;
  }
  EXPECT_TRUE(server().process().wait_for_log("a call of the host failed")) << server().log();
  EXPECT_EQ(alice.probe().ask("echo", "alive"), "alive");
}

TEST_P(Bounds, OfTheQueueEndAClientThatDoesNotRead) {
  kit::RawSocket socket(server().port(), 4096);
  enter(socket, "probe");
  socket.send_text("$b;probe;;burst;0;0;" + Json{{"count", 2000}, {"bytes", 16 * 1024}}.dump());
  std::optional<kit::ServerFrame> frame;
  while ((frame = socket.receive_frame()) && frame->opcode == 1) {
  }
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->close_code(), 3008);
}

TEST(OwnBounds, OfANamespaceHoldForNativeFramesToo) {
  kit::Server server(kit::Manifest{.rest = "[namespace.\"\"]\nplugin = \"native\"\n"
                                           "max_message_bytes = 125\n"
                                           "[namespace.default]\nplugin = \"echo\"\n"});
  kit::RawSocket socket(server.port());
  enter(socket, "");
  socket.send_text(std::string(125, 'n'));
  EXPECT_EQ(socket.receive_message(), std::string(125, 'n'));
  socket.send_text(std::string(126, 'n'));
  const auto last = socket.receive_frame();
  ASSERT_TRUE(last);
  EXPECT_EQ(last->close_code(), 1009);
}

}  // namespace
}  // namespace stoa::behaviour
