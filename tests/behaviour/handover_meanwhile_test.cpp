// What happens to a member, and by one, exactly while it is being handed over.
#include <csignal>
#include <future>
#include <optional>

#include "handover.h"

namespace stoa::behaviour {
namespace {

// How a request of a client ended that waits for the server.
using Promised = std::promise<client::Outcome>;

client::Completion keep(Promised& promise) {
  return [&promise](const client::Outcome& outcome) { promise.set_value(outcome); };
}

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

// What the namespace as a whole has is handed over at a gate.
class WhileAllIsHeld : public Handover {
 protected:
  // v2 does not run yet.
  void start() {
    ann = client();
    way.emplace(ann->connect("way"));
    ann->connect("aside");
    ctl({"promote", "way", "v1"});
    wait_for_log("a version is gone namespace=way version=v2");
  }
  void hold() {
    step = begin({"promote", "way", "v2"});
    wait_for_log("1 exporting all");
  }
  void see_it_sent() { EXPECT_EQ(kit::Place(*ann, "aside").ask("version"), "1.0.0"); }
  void let_go() {
    export_all->let_through();
    see_through(*step);
  }

  FifoGate* export_all = &gate(config_of_v1, "export_all_gate");
  std::unique_ptr<kit::Client> ann;
  std::optional<kit::Place> way;
  std::unique_ptr<kit::Process> step;
};
STOA_WITH_WORKERS(WhileAllIsHeld);

TEST_P(WhileAllIsHeld, NothingHappensToWhatIsHandedOver) {
  start();
  EXPECT_EQ(way->ask("seq", "1"), "1");
  hold();
  way->emit("seq", "2");
  see_it_sent();
  auto bob = client("?v=2");
  EXPECT_TRUE(bob->dial());
  Promised in;
  (*bob)->connect("way", keep(in));
  let_go();
  EXPECT_EQ(way->ask("seq", "3"), "3");
  EXPECT_EQ(way->ask("total"), "3");
  EXPECT_TRUE(in.get_future().get());
  wait_for_log("2 connected " + (*bob)->id());
  const std::string log = server().log();
  EXPECT_LT(log.find("2 imported all"), log.find("2 connected " + (*bob)->id()));
  EXPECT_EQ(count_of("1 connected " + (*bob)->id()), 0U);
  EXPECT_EQ(kit::Place(*bob, "way").ask("seq", "1"), "1");
  EXPECT_EQ(way->ask("total"), "4");
}

// What the step does elsewhere waits, too: it may still be refused.
TEST_P(WhileAllIsHeld, OtherNamespacesAreAsTheyWere) {
  more = "[namespace.other]\nplugin = \"stateless_1\"\n";
  start();
  std::string text = manifest_text();
  text.replace(text.find("[namespace.other]"), 17, "[namespace.fresh]");
  write_manifest(text.replace(text.find("pilgrim_1"), 9, "pilgrim_2"));
  step = begin({"reload"});
  wait_for_log("1 exporting all");
  auto bob = client();
  bob->declare("other");
  EXPECT_EQ(bob->connect("other").ask("version"), "1.0.0");
  kit::RawSocket raw(server().port());
  raw.acknowledge();
  raw.send_text("$1;fresh;;_OnNamespaceConnect;0;0;");
  EXPECT_EQ(raw.receive_message(), "$1;fresh;;_OnNamespaceConnect;1;0;bad namespace");
  let_go();
  bob->wait_for("_OnNamespaceDisconnect");
}

// An act that is under way when the members are held does not set its member free.
TEST_P(WhileAllIsHeld, AMemberThatJoinsJustThenIsHeldOnceItHasJoined) {
  FifoGate& join = gate(config_of_v1, "join_gate");
  start();
  EXPECT_EQ(way->ask("seq", "1"), "1");
  Promised joined;
  (*ann)->join("way", "camp", keep(joined));
  wait_for_log("1 joining " + (*ann)->id());
  hold();
  join.let_through();
  EXPECT_TRUE(joined.get_future().get());
  way->emit("seq", "2");
  see_it_sent();
  let_go();
  EXPECT_EQ(ann->wait_for("seq").body, "2");
  EXPECT_EQ(way->ask("total"), "2");
}

TEST_P(WhileAllIsHeld, ConnectionsThatBreakAreForgotten) {
  start();
  auto gone = client();
  const kit::Place member = gone->connect("way");
  const std::string id = (*gone)->id();
  hold();
  auto newcomer = client();
  EXPECT_TRUE(newcomer->dial());
  Promised in;
  (*newcomer)->connect("way", keep(in));
  (*gone)->close();
  wait_for_log("1 closed " + id);
  const std::string early = (*newcomer)->id();
  (*newcomer)->close();
  wait_for_log("1 closed " + early);
  let_go();
  EXPECT_FALSE(in.get_future().get());
  EXPECT_EQ(count_of("1 disconnect " + id), 1U);
  EXPECT_EQ(count_of("2 imported " + id), 0U);
  EXPECT_EQ(count_of("2 connected " + early), 0U);
  EXPECT_EQ(way->ask("version"), "2.0.0");
}

TEST_P(WhileAllIsHeld, WhoLeavesMeanwhileIsNotConnectedAgain) {
  departure = "\"reconnect\"]";
  start();
  hold();
  Promised out;
  (*ann)->disconnect("way", keep(out));
  see_it_sent();
  let_go();
  EXPECT_TRUE(out.get_future().get());
  wait_for_log("a version is gone namespace=way version=v1");
  EXPECT_EQ(count_of("1 disconnect " + (*ann)->id()), 1U);
  EXPECT_EQ(count_of("2 connected " + (*ann)->id()), 0U);
}

TEST_P(WhileAllIsHeld, ARefusalLetsEverybodyGoOnAsBefore) {
  config_of_v2["refuse_all"] = "true";
  start();
  EXPECT_EQ(way->ask("seq", "1"), "1");
  hold();
  for (int i = 2; i <= 50; ++i) way->emit("seq", std::to_string(i));
  see_it_sent();
  auto bob = client("?v=2");
  EXPECT_TRUE(bob->dial());
  Promised in;
  (*bob)->connect("way", keep(in));
  export_all->let_through();
  EXPECT_EQ(step->wait_exit(), 1) << step->output();
  EXPECT_NE(step->log().find("nothing from elsewhere"), std::string::npos) << step->log();
  for (int i = 2; i <= 50; ++i) EXPECT_EQ(ann->wait_for("seq").body, std::to_string(i));
  EXPECT_TRUE(in.get_future().get());
  EXPECT_EQ(kit::Place(*bob, "way").ask("version"), "1.0.0");
  EXPECT_EQ(way->ask("total"), "50");
  EXPECT_EQ(count_of("1 exported all"), 0U);
}

TEST_P(WhileAllIsHeld, ARefusalNeedsNoReason) {
  config_of_v2["refuse_all"] = "true";
  config_of_v2["refuse_with"] = "\"\"";
  start();
  EXPECT_EQ(way->ask("seq", "1"), "1");
  hold();
  export_all->let_through();
  EXPECT_EQ(step->wait_exit(), 1) << step->output();
  EXPECT_NE(step->log().find("it does not say why"), std::string::npos) << step->log();
  EXPECT_EQ(way->ask("total"), "1");
}

// v2 becomes the stable version by its place in the manifest. v1, which hands over, goes on with
// its members and its share of the newcomers.
class WhileItHandsOverAndServesOn : public WhileAllIsHeld {
 protected:
  void SetUp() override {
    ann = client();
    way.emplace(ann->connect("way"));
    ann->connect("aside");
    EXPECT_EQ(way->ask("seq", "1"), "1");
  }
  void hold() {
    const std::string text = manifest_text();
    const char* const kBegin = "[[namespace.way.version]]";
    const std::size_t first = text.find(kBegin);
    const std::size_t second = text.find(kBegin, first + 1);
    write_manifest(text.substr(0, first) + text.substr(second) +
                   text.substr(first, second - first));
    step = begin({"reload"});
    wait_for_log("1 exporting all");
  }
  void begin_to_join() {
    (*ann)->join("way", "camp", keep(joined));
    wait_for_log("1 joining " + (*ann)->id());
  }
  // As soon as it is in the room, while the version hands over.
  void say_something() {
    join_gate->let_through();
    EXPECT_TRUE(joined.get_future().get());
    way->emit("seq", "2");
    see_it_sent();
    let_go();
    EXPECT_EQ(ann->wait_for("seq").body, "2");
  }
  // What was counted before the step is v2's now, and nothing of what came later is lost.
  void expect_all_counted() {
    EXPECT_EQ(way->ask("version"), "1.0.0");
    EXPECT_EQ(way->ask("total"), "1");
    EXPECT_EQ(client("?v=2")->connect("way").ask("total"), "1");
  }

  FifoGate* join_gate = &gate(config_of_v1, "join_gate");
  Promised joined;
};
STOA_WITH_WORKERS(WhileItHandsOverAndServesOn);

TEST_P(WhileItHandsOverAndServesOn, ItsNewcomersWait) {
  kit::RawSocket bob(server().port());
  bob.acknowledge();
  hold();
  bob.send_text("$1;way;;_OnNamespaceConnect;0;0;");
  bob.send_text("$2;way;;seq;0;0;1");
  bob.send_text("$3;aside;;_OnNamespaceConnect;0;0;");
  EXPECT_EQ(bob.receive_message(), "$3;;;;;;");
  let_go();
  EXPECT_EQ(bob.receive_message(), "$1;;;;;;");
  EXPECT_EQ(bob.receive_message(), "$2;way;;seq;0;0;1");
  expect_all_counted();
}

TEST_P(WhileItHandsOverAndServesOn, ItsNewcomersWaitAlsoIfTheOtherRefuses) {
  config_of_v2["refuse_all"] = "true";
  kit::RawSocket bob(server().port());
  bob.acknowledge();
  hold();
  bob.send_text("$1;way;;_OnNamespaceConnect;0;0;");
  bob.send_text("$2;way;;seq;0;0;1");
  bob.send_text("$3;aside;;_OnNamespaceConnect;0;0;");
  EXPECT_EQ(bob.receive_message(), "$3;;;;;;");
  export_all->let_through();
  EXPECT_EQ(step->wait_exit(), 1) << step->output();
  EXPECT_EQ(bob.receive_message(), "$1;;;;;;");
  EXPECT_EQ(bob.receive_message(), "$2;way;;seq;0;0;1");
  EXPECT_EQ(way->ask("total"), "2");
}

TEST_P(WhileItHandsOverAndServesOn, AMemberThatJoinsJustThenIsNotHeard) {
  begin_to_join();
  hold();
  say_something();
  expect_all_counted();
}

// Since the rollback it is to go where a newcomer like it would, and that is where it is.
TEST_P(WhileItHandsOverAndServesOn, NorIsOneThatWaitsForItsTurnSinceARollback) {
  ctl({"weight", "way", "v2=30"});
  begin_to_join();
  ctl({"rollback", "way"});
  hold();
  say_something();
  expect_all_counted();
}

class TwoAtATime : public Handover {};
STOA_WITH_WORKERS(TwoAtATime);

// One step, two namespaces: what the first handed over comes back if the second refuses.
TEST_P(TwoAtATime, WhatOneNamespaceHandedOverIsItsOwnAgainIfAnotherRefuses) {
  const auto others = [](const std::string& number, const char* config) {
    std::string text;
    for (const char* ns : {"first", "second"}) {
      text += "[namespace." + std::string(ns) + "]\nplugin = \"mover_" + number +
              "\"\nconfig = { " + (ns == std::string("second") ? config : "") + " }\n";
    }
    return text;
  };
  more = others("1", "");
  auto ann = client();
  ann->declare("first");
  kit::Place first = ann->connect("first");
  for (int i = 0; i < 3; ++i) first.emit("count");
  EXPECT_EQ(first.ask("total"), "3");
  more = others("2", "refuse_all = true");
  write_manifest(manifest_text());
  auto step = begin({"reload"});
  EXPECT_EQ(step->wait_exit(), 1) << step->output();
  EXPECT_NE(step->log().find("no state from elsewhere"), std::string::npos) << step->log();
  EXPECT_EQ(first.ask("version"), "1.0.0");
  EXPECT_EQ(first.ask("total"), "3");
}

// Also if it was exported for a version that is gone by now.
TEST_P(TwoAtATime, NobodyComesBeforeWhatTheNamespaceKeeps) {
  FifoGate& member = gate(config_of_v1, "export_gate");
  FifoGate& all = gate(config_of_v2, "export_all_gate");
  auto ann = client();
  kit::Place way = ann->connect("way");
  EXPECT_EQ(way.ask("seq", "1"), "1");
  auto promotion = begin({"promote", "way", "v2"});
  wait_for_log("1 exporting " + (*ann)->id());
  auto rollback = begin({"rollback", "way"});
  wait_for_log("2 exporting all");
  member.let_through();
  EXPECT_EQ(count_of("1 imported " + (*ann)->id()), 0U);
  all.let_through();
  see_through(*promotion);
  see_through(*rollback);
  wait_for_log("1 imported " + (*ann)->id());
  const std::string log = server().log();
  EXPECT_LT(log.find("1 imported all"), log.find("1 imported " + (*ann)->id()));
  EXPECT_EQ(way.ask("seq", "2"), "2");
  EXPECT_EQ(way.ask("total"), "2");
}

TEST_P(TwoAtATime, AVersionThatThinksAboutAMemberHearsThatItIsGone) {
  FifoGate& import = gate(config_of_v2, "import_gate");
  auto ann = client();
  const kit::Place way = ann->connect("way");
  const std::string id = (*ann)->id();
  auto step = begin({"promote", "way", "v2"});
  wait_for_log("2 imported " + id);
  (*ann)->close();
  wait_for_log("2 disconnect " + id);
  import.let_through();
  see_through(*step);
  EXPECT_EQ(count_of("1 disconnect " + id), 1U);
  EXPECT_EQ(count_of("2 disconnect " + id), 1U);
}

// Its members cannot be held, so that nothing is handed over: a rollback is taken all the same.
TEST_P(TwoAtATime, ARollbackDoesNotNeedAWorkerThatHangs) {
  more = "[rollout]\nstage_timeout_ms = 3000\n";
  FifoGate& stand = gate(config_of_v2, "stand_gate");
  auto ann = client();
  kit::Place way = ann->connect("way");
  ctl({"promote", "way", "v2"});
  EXPECT_EQ(way.ask("version"), "2.0.0");
  way.emit("stand");
  wait_for_log("2 standing");
  auto rollback = begin({"rollback", "way"});
  wait_for_log("back to rollout 1");
  stand.let_through();
  see_through(*rollback);
  EXPECT_NE(rollback->output().find("waited too long for the workers to hold the members of way"),
            std::string::npos)
      << rollback->output();
  EXPECT_EQ(way.ask("version"), "1.0.0");
}

TEST_P(TwoAtATime, AJudgeThatIsLatePutsNobodyOut) {
  departure += "\nask_timeout_ms = 100";
  FifoGate& judge = gate(config_of_v2, "judge_gate");
  auto ann = client();
  kit::Place way = ann->connect("way");
  ctl({"promote", "way", "v2"});
  EXPECT_EQ(way.ask("version"), "2.0.0");
  judge.let_through();
}

// Of what it said nothing is handled any more, but what others wait for is read.
TEST_P(TwoAtATime, WhoIsJudgedOutIsReadAgain) {
  departure += "\nask_timeout_ms = 60000";
  config_of_v2["unwelcome"] = "true";
  FifoGate& its_export = gate(config_of_v1, "export_gate");
  auto ann = client();
  kit::Place way = ann->connect("way");
  kit::Place aside = ann->connect("aside");
  auto step = begin({"promote", "way", "v2"});
  wait_for_log("1 exporting " + (*ann)->id());
  for (int i = 0; i < 100; ++i) way.emit("seq", std::string(60'000, 'x'));
  its_export.let_through();
  ann->wait_for("_OnNamespaceDisconnect");
  EXPECT_EQ(aside.ask("version"), "1.0.0");
  see_through(*step);
}

// The version that takes a member over goes itself while it thinks about that.
TEST_P(TwoAtATime, AMemberDoesNotStayBehindWithAVersionThatGoesMeanwhile) {
  departure = "\"stay\", \"move\"]\nstay_ms = 1000";
  FifoGate& import = gate(config_of_v2, "import_gate");
  auto ann = client();
  auto bob = client("?v=2");
  kit::Place way = ann->connect("way");
  const kit::Place his = bob->connect("way");
  ctl({"promote", "way", "v2"});
  wait_for_log("2 imported " + (*ann)->id());
  ctl({"promote", "way", "v1"});
  wait_for_log("1 imported " + (*bob)->id());
  import.let_through();
  wait_for_log("a version is gone namespace=way version=v1");
  wait_for_log("a version is gone namespace=way version=v2");
  EXPECT_EQ(way.ask("version"), "1.0.0");
  EXPECT_EQ(count_of("2 exported " + (*ann)->id()), 1U);
}

}  // namespace
}  // namespace stoa::behaviour
