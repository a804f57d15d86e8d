// What happens to a member, and by one, exactly while it is being handed over.
#include <csignal>
#include <future>
#include <optional>

#include "handover.h"

namespace stoa::behaviour {
namespace {

// A member "ann" whose export waits at a gate, and the step that wants it.
class WhileItIsHeld : public Handover {
 protected:
  void SetUp() override {
    export_gate = &gate(config_of_v1, "export_gate");
    ann = client();
    way.emplace(ann->connect("way"));
    ann->connect("aside");
    id = (*ann)->id();
  }

  void hold() {
    step = begin({"promote", "way", "v2"});
    wait_for_log("1 exporting " + id);
  }
  void let_go() {
    export_gate->let_through();
    see_through(*step);
  }
  // Everything that the client sent has come to the server.
  void see_it_sent() { EXPECT_EQ(kit::Place(*ann, "aside").ask("version"), "1.0.0"); }

  FifoGate* export_gate = nullptr;
  std::unique_ptr<kit::Client> ann;
  std::optional<kit::Place> way;
  std::string id;
  std::unique_ptr<kit::Process> step;
};
STOA_WITH_WORKERS(WhileItIsHeld);

TEST_P(WhileItIsHeld, WhatItSaysIsAnsweredByTheNextVersionInTurn) {
  constexpr int kMany = 300;
  EXPECT_EQ(way->ask("seq", "1"), "1");
  hold();
  for (int i = 2; i <= kMany; ++i) way->emit("seq", std::to_string(i));
  Promised version;
  (*ann)->ask({.ns = "way", .event = "version"}, kit::kPatience, keep(version));
  see_it_sent();
  let_go();
  for (int i = 2; i <= kMany; ++i) EXPECT_EQ(ann->wait_for("seq").body, std::to_string(i));
  EXPECT_EQ(version.get_future().get().body, "2.0.0");
  EXPECT_EQ(way->ask("seq", std::to_string(kMany + 1)), std::to_string(kMany + 1));
  EXPECT_FALSE(ann->events().has("seq"));
  EXPECT_EQ(way->ask("total"), std::to_string(kMany + 1));
}

// It pays for nothing that it did not ask for: its socket is read no more, but for what came.
TEST_P(WhileItIsHeld, ItMaySayMoreThanIsKeptForIt) {
  constexpr int kMany = 20'000;
  hold();
  for (int i = 1; i <= kMany; ++i) way->emit("seq", std::to_string(i));
  see_through(*begin({"status"}));
  let_go();
  for (int i = 1; i <= kMany; ++i) ASSERT_EQ(ann->wait_for("seq").body, std::to_string(i));
  EXPECT_EQ(way->ask("version"), "2.0.0");
}

TEST_P(WhileItIsHeld, ItMayBeClosedAlthoughItIsNotRead) {
  hold();
  // A few are enough for its socket to be read no more.
  for (int i = 0; i < 100; ++i) way->emit("seq", std::string(60'000, 'x'));
  see_through(*begin({"status"}));
  server().signal(SIGTERM);
  EXPECT_EQ(ann->wait_closed().code, 1001);
  export_gate->let_through();
}

// Before it is closed it hears what was said, for which its pong must be read.
TEST_P(WhileItIsHeld, ItIsReadAgainToBeClosed) {
  kit::Place camp = way->join("camp");
  // What is said to it waits for the pong that shows that it knows of this.
  kit::Place(*ann, "aside").disconnect();
  ann->connect("aside");
  auto bob = client("?v=2");
  kit::Place his = bob->connect("way").join("camp");
  hold();
  for (int i = 0; i < 100; ++i) way->emit("seq", std::string(60'000, 'x'));
  his.emit("say", "psst");
  EXPECT_EQ(Json::parse(his.ask("who")).size(), 2U);
  server().signal(SIGTERM);
  EXPECT_EQ(ann->wait_closed().code, 1001);
  EXPECT_EQ(ann->wait_for("said").body, "2: psst");
  export_gate->let_through();
}

TEST_P(WhileItIsHeld, WhatOthersSayReachesIt) {
  kit::Place camp = way->join("camp");
  auto bob = client("?v=2");
  kit::Place his = bob->connect("way").join("camp");
  hold();
  his.emit("say", "psst");
  EXPECT_EQ(ann->wait_for("said").body, "2: psst");
  EXPECT_EQ(Json::parse(his.ask("who")).size(), 2U);
  let_go();
}

TEST_P(WhileItIsHeld, ItJoinsARoomOfTheNextVersion) {
  hold();
  Promised joined;
  (*ann)->join("way", "camp", keep(joined));
  see_it_sent();
  EXPECT_EQ(count_of("1 joining " + id), 0U);
  let_go();
  EXPECT_TRUE(joined.get_future().get());
  wait_for_log("2 joined " + id);
  EXPECT_EQ(count_of("2 joined " + id), 1U);
  EXPECT_EQ(count_of("1 joined " + id), 0U);
  EXPECT_EQ(kit::Place(*ann, "way", "camp").ask("who"), "[\"" + id + "\"]");
}

TEST_P(WhileItIsHeld, ItLeavesARoomOfTheNextVersion) {
  kit::Place camp = way->join("camp");
  hold();
  Promised left;
  (*ann)->leave("way", "camp", keep(left));
  see_it_sent();
  let_go();
  EXPECT_TRUE(left.get_future().get());
  wait_for_log("2 left " + id);
  EXPECT_EQ(count_of("2 left " + id), 1U);
  EXPECT_EQ(count_of("1 left " + id), 0U);
}

TEST_P(WhileItIsHeld, ItLeavesTheNamespaceOfTheNextVersion) {
  hold();
  Promised out;
  (*ann)->disconnect("way", keep(out));
  see_it_sent();
  let_go();
  EXPECT_TRUE(out.get_future().get());
  EXPECT_EQ(count_of("2 disconnect " + id), 1U);
  EXPECT_EQ(count_of("1 disconnect " + id), 0U);
  wait_for_log("a version is gone namespace=way version=v1");
  EXPECT_EQ(ann->connect("way").ask("version"), "2.0.0");
}

// It is still the old version's, which hears of its end; the late export is nobody's.
TEST_P(WhileItIsHeld, ItsConnectionBreaks) {
  (*ann)->close();
  wait_for_log("1 closed " + id);
  kit::RawSocket raw(server().port());
  id = raw.acknowledge();
  raw.send_text("$1;way;;_OnNamespaceConnect;0;0;");
  EXPECT_EQ(raw.receive_message(), "$1;;;;;;");
  hold();
  raw.send_text(";way;;cry;0;0;too late");
  raw.reset();
  see_through(*step);
  wait_for_log("1 disconnect " + id);
  export_gate->let_through();
  wait_for_log("a version is gone namespace=way version=v1");
  wait_for_log("2 closed " + id);
  EXPECT_EQ(count_of("1 disconnect " + id), 1U);
  EXPECT_EQ(count_of("1 closed " + id), 1U);
  EXPECT_EQ(count_of("2 closed " + id), 1U);
  EXPECT_EQ(count_of("2 imported " + id), 0U);
  EXPECT_EQ(count_of("1 exported " + id), 0U);
}

TEST_P(WhileItIsHeld, AServersJoinIsOfTheNextVersion) {
  auto bob = client("?v=2");
  kit::Place his = bob->connect("way");
  hold();
  his.emit("pull", "camp");
  bob->wait_for("_OnRoomJoined");
  let_go();
  wait_for_log("2 joined " + id);
  EXPECT_EQ(count_of("1 joining " + id), 0U);
  EXPECT_EQ(count_of("1 joined " + id), 0U);
}

TEST_P(WhileItIsHeld, ItIsOutIfItsNamespaceIsRemoved) {
  hold();
  const std::string text = manifest_text();
  write_manifest(text.substr(0, text.find("[namespace.way]")));
  ctl({"reload"});
  let_go();
  wait_for_log("a version is gone namespace=way version=v1");
  ann->wait_for("_OnNamespaceDisconnect");
}

// "Back within a second if it is bad", also if the promotion's members are still on their way.
TEST_P(WhileItIsHeld, TheStepIsRecordedAndMayBeRolledBack) {
  hold();
  EXPECT_NE(ctl({"history", "way"}).find("v2 promoted"), std::string::npos);
  ctl({"rollback", "way"});
  auto bob = client();
  EXPECT_EQ(bob->connect("way").ask("version"), "1.0.0");
  let_go();
  EXPECT_EQ(way->ask("version"), "1.0.0");
  EXPECT_EQ(count_of("2 imported " + id), 0U);
  EXPECT_EQ(count_of("1 imported " + id), 1U);
}

TEST_P(WhileItIsHeld, TheServerMayEnd) {
  hold();
  way->emit("seq", "1");
  server().signal(SIGTERM);
  // The connection ends with the server; then the export is nobody's.
  ann->wait_closed();
  export_gate->let_through();
  EXPECT_EQ(server().wait_exit(), 0) << server().log();
}

}  // namespace
}  // namespace stoa::behaviour
