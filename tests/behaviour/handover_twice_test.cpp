// Hand-overs that cross each other, or something else that goes on.
#include "handover.h"

namespace stoa::behaviour {
namespace {

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
  wait_for_log("1 disconnect " + id);
  EXPECT_EQ(count_of("1 disconnect " + id), 1U);
  EXPECT_EQ(count_of("2 disconnect " + id), 1U);
}

// Its members cannot be held, so that nothing is handed over: a rollback is taken all the same.
TEST_P(TwoAtATime, ARollbackDoesNotNeedAWorkerThatHangs) {
  departure += "\nrun = \"loop\"";
  more = "[rollout]\nstage_timeout_ms = 3000\n";
  FifoGate& stand = gate(config_of_v2, "stand_gate");
  auto ann = client();
  kit::Place way = ann->connect("way");
  const std::string told = roll_back_past(stand, way);
  EXPECT_NE(told.find("waited too long for the workers to hold the members of way"),
            std::string::npos)
      << told;
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
