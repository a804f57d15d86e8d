// What happens while a version hands over what it keeps for its namespace as a whole.
#include <optional>

#include "handover.h"

namespace stoa::behaviour {
namespace {

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
  // A newcomer that comes and speaks while the version hands over.
  void hold_before(kit::RawSocket& newcomer) {
    newcomer.acknowledge();
    hold();
    newcomer.send_text("$1;way;;_OnNamespaceConnect;0;0;");
    newcomer.send_text("$2;way;;seq;0;0;1");
    newcomer.send_text("$3;aside;;_OnNamespaceConnect;0;0;");
    EXPECT_EQ(newcomer.receive_message(), "$3;;;;;;");
  }
  static void expect_heard(kit::RawSocket& newcomer) {
    EXPECT_EQ(newcomer.receive_message(), "$1;;;;;;");
    EXPECT_EQ(newcomer.receive_message(), "$2;way;;seq;0;0;1");
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
  hold_before(bob);
  let_go();
  expect_heard(bob);
  expect_all_counted();
}

TEST_P(WhileItHandsOverAndServesOn, ItsNewcomersWaitAlsoIfTheOtherRefuses) {
  config_of_v2["refuse_all"] = "true";
  kit::RawSocket bob(server().port());
  hold_before(bob);
  export_all->let_through();
  EXPECT_EQ(step->wait_exit(), 1) << step->output();
  expect_heard(bob);
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

}  // namespace
}  // namespace stoa::behaviour
