// Questions in both directions, and every way that they end.
#include <future>

#include "session.h"

namespace stoa::behaviour {
namespace {

using client::Message;
using client::Outcome;
using client::Reply;
using client::Status;
using Asks = Probed;
STOA_WITH_WORKERS(Asks);

client::Handler answers(const std::string& body) {
  return [body](client::Client&, const Message&) { return Reply::with(body); };
}

TEST_P(Asks, GetTheReplyWhateverItsForm) {
  ProbeClient alice(url());
  EXPECT_EQ(alice.probe().ask("echo", "hi"), "hi");
  EXPECT_EQ(alice.probe().ask("later", "from a thread"), "from a thread");
  EXPECT_EQ(alice.probe().ask("silent"), "");
  EXPECT_EQ(alice.probe().ask("nobody knows", "x"), "any:nobody knows:x");
  const std::string bytes("\xff\x00;\x80", 4);
  EXPECT_EQ(alice.probe().ask_binary("echo", bytes), bytes);
  EXPECT_EQ(alice.probe().ask_binary("later", bytes), bytes);
}

TEST_P(Asks, GetTheErrorWhateverItsForm) {
  ProbeClient alice(url());
  for (const char* event : {"fail", "later_fail"}) {
    const Outcome outcome = alice.probe().try_ask(event, "no coffee");
    EXPECT_EQ(outcome.status, Status::kError) << event;
    EXPECT_EQ(outcome.body, "no coffee") << event;
  }
  EXPECT_EQ(alice.probe().try_ask("throw", "oops").status, Status::kError);
  EXPECT_EQ(alice.probe().try_ask("break").status, Status::kError);
  EXPECT_EQ(alice.probe().ask("echo", "alive"), "alive");
}

TEST_P(Asks, FiftyAtOnceGetTheirOwnAnswers) {
  ProbeClient alice(url());
  alice.probe();
  std::vector<std::promise<Outcome>> outcomes(50);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const std::string body = std::to_string(i);
    alice->ask({.ns = "probe", .event = i % 2 == 0 ? "echo" : "later", .body = body},
               kit::kPatience, [&outcomes, i](Outcome o) { outcomes[i].set_value(std::move(o)); });
  }
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    EXPECT_EQ(outcomes[i].get_future().get().body, std::to_string(i));
  }
}

TEST_P(Asks, ByTheServerGetTheClientsAnswer) {
  ProbeClient alice(url());
  alice.on("probe", "question", answers("42"));
  const Json answer = alice.command("ask", {{"event", "question"}});
  EXPECT_EQ(answer.at("status"), 0);
  EXPECT_EQ(answer.at("body"), "42");
  EXPECT_EQ(answer.at("from"), alice->id());
}

TEST_P(Asks, ByTheServerGetTheClientsError) {
  ProbeClient alice(url());
  alice.on("probe", "question",
           [](client::Client&, const Message&) { return Reply::error("do not ask"); });
  const Json answer = alice.command("ask", {{"event", "question"}});
  EXPECT_EQ(answer.at("status"), kRemote);
  EXPECT_EQ(answer.at("body"), "do not ask");
}

TEST_P(Asks, ByTheServerEndAtTheirDeadline) {
  ProbeClient alice(url());
  // A raw client that never answers.
  kit::RawSocket silent(server().port());
  const std::string id = silent.acknowledge();
  silent.send_text("$1;probe;;_OnNamespaceConnect;0;0;");
  EXPECT_EQ(silent.receive_message(), "$1;;;;;;");
  const Json answer = alice.command("ask", {{"id", id}, {"timeout_ms", 50}});
  EXPECT_EQ(answer.at("status"), kTimeout);
}

TEST_P(Asks, ByTheServerWakeWhenTheClientGoes) {
  ProbeClient alice(url());
  kit::RawSocket leaving(server().port());
  const std::string id = leaving.acknowledge();
  leaving.send_text("$1;probe;;_OnNamespaceConnect;0;0;");
  EXPECT_EQ(leaving.receive_message(), "$1;;;;;;");
  alice.probe();
  std::promise<Outcome> outcome;
  const std::string body = Json{{"id", id}, {"timeout_ms", 60'000}}.dump();
  alice->ask({.ns = "probe", .event = "ask", .body = body}, kit::kPatience,
             [&](Outcome o) { outcome.set_value(std::move(o)); });
  EXPECT_NE(leaving.receive_message().find("question"), std::string::npos);
  leaving.reset();
  EXPECT_EQ(Json::parse(outcome.get_future().get().body).at("status"), kClosed);
}

TEST_P(Asks, ForAnyAreWonByTheFirst) {
  ProbeClient alice(url()), bob(url()), carol(url());
  for (ProbeClient* client : {&bob, &carol}) {
    client->on("probe", "question", answers("me"));
    client->probe();
  }
  const Json answer =
      alice.command("ask", {{"to", "namespace"}, {"event", "question"}, {"except_me", true}});
  EXPECT_EQ(answer.at("body"), "me");
  const std::set<std::string> candidates = {bob->id(), carol->id()};
  EXPECT_EQ(candidates.count(answer.at("from")), 1U);
}

TEST_P(Asks, ForAllCollectEveryAnswer) {
  std::vector<std::unique_ptr<ProbeClient>> clients;
  std::set<std::string> ids;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(std::make_unique<ProbeClient>(url()));
    clients.back()->on("probe", "question", answers(std::to_string(i)));
    clients.back()->probe().join("lobby");
    ids.insert((*clients.back())->id());
  }
  const Json outcome = clients[0]->command("ask", {{"to", "room"},
                                                   {"room", "lobby"},
                                                   {"event", "question"},
                                                   {"all", true},
                                                   {"timeout_ms", 20'000}});
  std::set<std::string> answered;
  for (const Json& answer : outcome.at("answers")) answered.insert(answer.at("from"));
  EXPECT_EQ(outcome.at("answers").size(), 8U);
  EXPECT_EQ(answered, ids);
}

// One connection is a group of one: an answer, if there is any, and the end.
TEST_P(Asks, OfAllMayBeForOneConnection) {
  ProbeClient alice(url());
  ProbeClient bob(url());
  bob.on("probe", "question", answers("yes"));
  bob.on("probe", "quarrel", [](client::Client&, const Message&) { return Reply::error("no"); });
  bob.probe();
  const auto outcome_of = [&](const std::string& event, const std::string& room) {
    return alice.command("ask",
                         {{"id", bob->id()}, {"room", room}, {"event", event}, {"all", true}});
  };
  const Json agreed = outcome_of("question", "");
  EXPECT_EQ(agreed.at("status"), 0);
  EXPECT_EQ(agreed.at("answers").size(), 1U);
  EXPECT_EQ(agreed.at("answers").at(0).at("body"), "yes");
  EXPECT_EQ(agreed.at("answers").at(0).at("from"), bob->id());
  const Json refused = outcome_of("quarrel", "");
  EXPECT_EQ(refused.at("status"), 0);
  EXPECT_EQ(refused.at("answers").at(0).at("body"), "no");
  const Json absent = outcome_of("question", "a room that nobody is in");
  EXPECT_EQ(absent.at("status"), -4);  // STOA_ERR_NOT_FOUND
  EXPECT_EQ(absent.at("answers"), Json::array());
}

// It would cost the connection.
TEST_P(Asks, TextThatIsNoneIsNotSent) {
  ProbeClient alice(url());
  alice.on("probe", "question", answers("\xff"));
  const Json outcome = alice.command("ask", {{"event", "question"}});
  EXPECT_EQ(outcome.at("status"), kRemote);
  EXPECT_EQ(outcome.at("body"), "the reply is not UTF-8");
  EXPECT_EQ(alice.probe().try_ask("echo", "\xff").status, Status::kInvalid);
  EXPECT_EQ(alice.probe().ask("echo", "still here"), "still here");
}

TEST_P(Asks, OfAClientInsideItsOwnHandlerWork) {
  ProbeClient alice(url());
  std::promise<std::string> inner;
  alice.on("probe", "question", [&](client::Client& c, const Message&) {
    c.ask({.ns = "probe", .event = "echo", .body = "inner"}, kit::kPatience,
          [&](Outcome o) { inner.set_value(o.body); });
    return Reply::with("outer");
  });
  EXPECT_EQ(alice.command("ask", {{"event", "question"}}).at("body"), "outer");
  EXPECT_EQ(inner.get_future().get(), "inner");
}

TEST_P(Asks, AreWokenWhenTheServerClosesTheConnection) {
  ProbeClient alice(url());
  alice.probe();
  std::promise<Outcome> outcome;
  alice->ask({.ns = "probe", .event = "never"}, kit::kPatience,
             [&](Outcome o) { outcome.set_value(std::move(o)); });
  alice.probe().emit("close", R"({"code": 4001, "reason": "enough"})");
  const Outcome woken = outcome.get_future().get();
  EXPECT_EQ(woken.status, Status::kClosed);
  EXPECT_EQ(woken.body, client::kWriteClosed);
  const client::Closed closed = alice.wait_closed();
  EXPECT_EQ(closed.code, 4001);
  EXPECT_EQ(closed.reason, "enough");
}

}  // namespace
}  // namespace stoa::behaviour
