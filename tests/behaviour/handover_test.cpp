// What members notice when another version takes them over: nothing but its features.
#include "handover.h"

#include <algorithm>
#include <csignal>
#include <future>

namespace stoa::behaviour {
namespace {

STOA_WITH_WORKERS(Handover);

std::string number(uint64_t n) {
  return std::to_string(n);
}

// Whether nothing was heard of a way out or in.
bool undisturbed(kit::Client& client) {
  const std::vector<std::string> story = client.events().story();
  return std::ranges::none_of(
      story, [](const std::string& event) { return event.find("_On") != std::string::npos; });
}

TEST_P(Handover, AMemberKeepsEverythingThereAndBack) {
  auto ann = client();
  kit::Place way = ann->connect("way");
  kit::Place camp = way.join("camp");
  const std::string id = (*ann)->id();
  way.emit("keep", "a stone");
  ann->events().clear();
  uint64_t last = 0;
  const auto see = [&](const char* version) {
    EXPECT_EQ(way.ask("version"), version);
    ++last;
    EXPECT_EQ(way.ask("seq", number(last)), number(last));
    EXPECT_EQ(way.ask("kept"), "a stone");
    EXPECT_EQ(camp.ask("who"), "[\"" + id + "\"]");
    camp.emit("say", number(last));
    EXPECT_EQ(ann->wait_for("said").body, std::string(version).substr(0, 1) + ": " + number(last));
  };
  see("1.0.0");
  EXPECT_NE(ctl({"promote", "way", "v2"}).find("v2 promoted"), std::string::npos);
  see("2.0.0");
  ctl({"promote", "way", "v1"});
  see("1.0.0");
  EXPECT_NE(ctl({"rollback", "way"}).find("back to rollout 2"), std::string::npos);
  see("2.0.0");
  EXPECT_EQ(way.ask("total"), "4");
  EXPECT_TRUE(undisturbed(*ann));
  EXPECT_EQ((*ann)->id(), id);
}

TEST_P(Handover, EachVersionHearsOfItOnce) {
  auto ann = client();
  const kit::Place way = ann->connect("way");
  const std::string id = (*ann)->id();
  ctl({"promote", "way", "v2"});
  wait_for_log("a version is gone namespace=way version=v1");
  EXPECT_EQ(count_of("1 exporting all"), 1U);
  EXPECT_EQ(count_of("2 imported all"), 1U);
  EXPECT_EQ(count_of("1 exported all"), 1U);
  EXPECT_EQ(count_of("1 exporting " + id), 1U);
  EXPECT_EQ(count_of("2 imported " + id), 1U);
  EXPECT_EQ(count_of("1 exported " + id), 1U);
  EXPECT_EQ(count_of("1 connected " + id), 1U);
  EXPECT_EQ(count_of("1 destroyed"), 1U);
  for (const char* never : {"1 disconnect ", "2 connected ", "2 disconnect "}) {
    EXPECT_EQ(count_of(never + id), 0U) << never;
  }
}

// However soon a version ends after its last member has gone, it hears that it has.
TEST_P(Handover, ToAndFroManyTimes) {
  constexpr int kTimes = 30;
  auto ann = client();
  kit::Place way = ann->connect("way");
  const std::string id = (*ann)->id();
  for (int i = 0; i < kTimes; ++i) {
    ctl({"promote", "way", i % 2 == 0 ? "v2" : "v1"});
    EXPECT_EQ(way.ask("seq", number(static_cast<uint64_t>(i) + 1)), number(i + 1U));
  }
  const auto both = [&](const std::string& note) {
    return count_of("1 " + note + id) + count_of("2 " + note + id);
  };
  EXPECT_EQ(both("exporting "), kTimes);
  EXPECT_EQ(both("imported "), kTimes);
  EXPECT_EQ(both("exported "), kTimes);
}

TEST_P(Handover, WhoStaysWithAVersionThatGoesTalksOn) {
  departure = "\"stay\"]";
  auto ann = client();
  kit::Place way = ann->connect("way");
  EXPECT_EQ(way.ask("seq", "1"), "1");
  ctl({"promote", "way", "v2"});
  EXPECT_EQ(way.ask("seq", "2"), "2");
  EXPECT_EQ(way.ask("version"), "1.0.0");
  EXPECT_EQ(client()->connect("way").ask("version"), "2.0.0");
  way.disconnect();
  wait_for_log("a version is gone namespace=way version=v1");
}

TEST_P(Handover, MembersOfBothVersionsAreOneCompany) {
  std::vector<std::unique_ptr<kit::Client>> company;
  std::vector<kit::Place> camp;
  for (int i = 0; i < 8; ++i) {
    company.push_back(client(i % 2 == 0 ? "" : "?v=2"));
    company.back()->on("way", "question", [](client::Client&, const client::Message&) {
      return client::Reply::with("here");
    });
    camp.push_back(company.back()->connect("way").join("camp"));
    EXPECT_EQ(kit::Place(*company.back(), "way").ask("version"), i % 2 == 0 ? "1.0.0" : "2.0.0");
  }
  const auto all_hear = [&](const std::string& body) {
    for (const auto& one : company) EXPECT_EQ(one->wait_for("said").body, body);
  };
  const auto meet = [&](std::size_t who, const std::string& version) {
    EXPECT_EQ(Json::parse(camp[who].ask("who")).size(), company.size());
    EXPECT_EQ(camp[who].ask("poll"), number(company.size()));
    camp[who].emit("say", "to the camp");
    all_hear(version + ": to the camp");
    kit::Place(*company[who], "way").emit("cry", "to all");
    all_hear(version + ": to all");
  };
  meet(0, "1");
  meet(1, "2");
  ctl({"promote", "way", "v2"});
  meet(0, "2");
  meet(1, "2");
}

TEST_P(Handover, AQuestionThatTheOldVersionHoldsIsAnsweredByIt) {
  FifoGate& answer = gate(config_of_v1, "answer_gate");
  auto ann = client();
  kit::Place way = ann->connect("way");
  std::promise<client::Outcome> answered;
  (*ann)->ask({.ns = "way", .event = "later", .body = "patience"}, kit::kPatience,
              [&](const client::Outcome& outcome) { answered.set_value(outcome); });
  EXPECT_EQ(way.ask("seq", "1"), "1");
  ctl({"promote", "way", "v2"});
  EXPECT_EQ(way.ask("version"), "2.0.0");
  EXPECT_EQ(way.ask("seq", "2"), "2");
  EXPECT_EQ(count_of("1 destroyed"), 0U);
  answer.let_through();
  EXPECT_EQ(answered.get_future().get().body, "1: patience");
  wait_for_log("a version is gone namespace=way version=v1");
  EXPECT_EQ(way.ask("seq", "3"), "3");
}

TEST_P(Handover, AnAnswerToTheOldVersionReachesIt) {
  std::promise<void> asked;
  std::promise<void> may_answer;
  auto ann = client();
  ann->on("way", "question", [&](client::Client&, const client::Message&) {
    asked.set_value();
    may_answer.get_future().wait();
    return client::Reply::with("here");
  });
  const kit::Place camp = ann->connect("way").join("camp");
  auto bob = client();
  kit::Place way = bob->connect("way");
  std::promise<client::Outcome> counted;
  bob->get().ask({.ns = "way", .event = "version"});
  ann->get().ask({.ns = "way", .room = "camp", .event = "poll"}, kit::kPatience,
                 [&](const client::Outcome& outcome) { counted.set_value(outcome); });
  asked.get_future().wait();
  ctl({"promote", "way", "v2"});
  EXPECT_EQ(way.ask("version"), "2.0.0");
  may_answer.set_value();
  EXPECT_EQ(counted.get_future().get().body, "1");
  wait_for_log("a version is gone namespace=way version=v1");
}

TEST_P(Handover, TheTimersOfAVersionThatIsGoneAreSilent) {
  config_of_v1["period_ms"] = "2";
  config_of_v2["period_ms"] = "2";
  auto ann = client();
  const kit::Place way = ann->connect("way");
  ctl({"promote", "way", "v2"});
  wait_for_log("a version is gone namespace=way version=v1");
  ann->wait_for("tick");
  EXPECT_EQ(kit::Place(*ann, "way").ask("version"), "2.0.0");  // all that was said before is here
  ann->events().clear();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(ann->wait_for("tick").body, "2");
  EXPECT_EQ(count_of("1 destroyed"), 1U);
}

TEST_P(Handover, AVersionThatIsGoneHearsOfNoEndAndTheOthersHearOnce) {
  auto ann = client();
  const kit::Place way = ann->connect("way");
  const std::string id = (*ann)->id();
  auto bob = client();
  const kit::Place other = bob->connect("way");
  ctl({"promote", "way", "v2"});
  wait_for_log("a version is gone namespace=way version=v1");
  (*ann)->close();
  wait_for_log("2 closed " + id);
  EXPECT_EQ(count_of("2 disconnect " + id), 1U);
  EXPECT_EQ(count_of("2 closed " + id), 1U);
  EXPECT_EQ(count_of("1 closed " + id), 0U);
  EXPECT_EQ(count_of("1 disconnect " + id), 0U);
}

// With one namespace that is served by native frames alone.
class NativeHandover : public testing::TestWithParam<uint32_t> {
 protected:
  static std::string manifest(const std::string& rest) {
    return kit::Manifest{.workers = GetParam(), .rest = rest, .plugins = kit::fixture_plugins()}
        .text();
  }
  static std::string raw(const std::string& version, const std::string& departure = "move") {
    return "[namespace.\"\"]\nplugin = \"raw_" + version + "\"\ndeparture = [\"" + departure +
           "\"]\n";
  }
  // Replaces the manifest, and waits for what the log says of it.
  void reload(const std::string& rest, const std::string& said) {
    server.folder().write("stoa.toml", manifest(rest));
    server.signal(SIGHUP);
    EXPECT_TRUE(server.process().wait_for_log(said)) << server.log();
  }

  kit::Server server{
      kit::Manifest{.workers = GetParam(), .rest = raw("1"), .plugins = kit::fixture_plugins()}};
};
STOA_WITH_WORKERS(NativeHandover);

TEST_P(NativeHandover, FramesGoToTheNextVersion) {
  kit::RawSocket ann(server.port());
  EXPECT_EQ(ann.handshake(), 101);
  ann.send_text("one");
  EXPECT_EQ(ann.receive_message(), "1.0.0: one");
  reload(raw("2"), "a version is gone");
  ann.send_text("two");
  EXPECT_EQ(ann.receive_message(), "2.0.0: two");
  kit::RawSocket bob(server.port());
  EXPECT_EQ(bob.handshake(), 101);
  bob.send_text("three");
  EXPECT_EQ(bob.receive_message(), "2.0.0: three");
}

TEST_P(NativeHandover, WhoIsNotMovedDialsAgain) {
  kit::RawSocket ann(server.port());
  EXPECT_EQ(ann.handshake(), 101);
  ann.send_text("one");
  EXPECT_EQ(ann.receive_message(), "1.0.0: one");
  reload(raw("2", "reconnect"), "a version is gone");
  const auto farewell = ann.receive_frame();
  ASSERT_TRUE(farewell);
  EXPECT_EQ(farewell->close_code(), 1012);
  kit::RawSocket again(server.port());
  EXPECT_EQ(again.handshake(), 101);
  again.send_text("two");
  EXPECT_EQ(again.receive_message(), "2.0.0: two");
}

TEST_P(NativeHandover, TheProtocolIsSettledWhenTheServerStarts) {
  kit::RawSocket ann(server.port());
  EXPECT_EQ(ann.handshake(), 101);
  const char* const refused = "With this step the server would no longer speak its plugin's own";
  reload("[namespace.way]\nplugin = \"pilgrim_1\"\n", refused);
  reload(raw("1") + "[namespace.way]\nplugin = \"pilgrim_1\"\n", refused);
  reload("[namespace.\"\"]\nplugin = \"mover_1\"\n", refused);
  ann.send_text("one");
  EXPECT_EQ(ann.receive_message(), "1.0.0: one");
}

}  // namespace
}  // namespace stoa::behaviour
