// The steps of an operator, and those that the server takes by itself.
#include <csignal>
#include <fstream>

#include "rollout.h"

namespace stoa::behaviour {
namespace {

std::string two(const std::string& of_v1 = "weight = 100", const std::string& of_v2 = "weight = 0",
                const std::string& of_both = {}) {
  return version("room", "v1", "mover_1", of_v1) + version("room", "v2", "mover_2", of_v2) +
         (of_both.empty() ? "" : "[namespace.room]\n" + of_both + "\n");
}

// Mover 1.0.0 as "v1", which has everybody, and mover 2.0.0 as "v2".
class RolloutSteps : public testing::Test {
 protected:
  RolloutSteps() : rolling({.namespaces = two()}), control(rolling.control()) {}

  kit::Json version(const std::string& name) { return control.version("room", name); }
  std::vector<kit::Json> history() { return control.take({"history"})["rollouts"]; }

  RollingServer rolling;
  const kit::Control& control;
};

TEST_F(RolloutSteps, WeightsAreForNewcomers) {
  Guest alice(rolling.url());
  const kit::Json done = control.take({"weight", "room", "v2=100"});
  EXPECT_EQ(done["text"], "v1 0 %, v2 100 %");
  EXPECT_EQ(alice.ask("version"), "1.0.0");
  EXPECT_EQ(alice.story(), kUndisturbed);
  Guest bob(rolling.url());
  EXPECT_EQ(bob.ask("version"), "2.0.0");
  EXPECT_EQ(version("v1")["state"], "waiting");
  EXPECT_EQ(version("v1")["members"], 1);
  EXPECT_EQ(version("v2")["state"], "serving");
  EXPECT_EQ(version("v2")["members"], 1);
}

TEST_F(RolloutSteps, PromoteMovesEverybody) {
  Guest alice(rolling.url());
  EXPECT_EQ(alice.ask("count"), "1");
  const kit::Json done = control.take({"promote", "room", "v2"});
  EXPECT_EQ(done["text"], "v2 promoted");
  EXPECT_EQ(alice.ask("version"), "2.0.0");
  EXPECT_EQ(alice.ask("count"), "2");
  EXPECT_EQ(alice.story(), kUndisturbed);
  const kit::Json room = control.ns("room");
  EXPECT_EQ(room["stable"], "v2");
  control.wait_until([&] { return version("v1")["state"] == "out"; });
  EXPECT_EQ(control.take({"promote", "room", "v2"})["text"], "nothing changed");
}

TEST_F(RolloutSteps, WhatAVersionBeginsInCreateComesAboutOnceItIsTested) {
  control.take({"retire", "room", "v2"});
  rolling.write(two("weight = 100", "weight = 0\nconfig = { slow_create_ms = 50 }"));
  control.take({"reload"});
  control.take({"promote", "room", "v2"});
  Guest alice(rolling.url());
  EXPECT_EQ(alice.ask("early"), "posted timer ");
}

TEST_F(RolloutSteps, WhoIsNotMovedMayStayForNow) {
  rolling.write(two("weight = 100", "weight = 0\nconfig = { refuse_import = true }",
                    "departure = [\"move\", \"stay\"]"));
  control.take({"reload"});
  Guest alice(rolling.url());
  EXPECT_EQ(control.take({"promote", "room", "v2"})["text"],
            "v2 promoted; some members of v1 stay: no members from elsewhere");
  EXPECT_EQ(alice.ask("version"), "1.0.0");
  EXPECT_EQ(alice.story(), kUndisturbed);
}

TEST_F(RolloutSteps, WhoStaysGoesWithTheNamespace) {
  rolling.write(two("weight = 100", "weight = 0", "departure = [\"stay\"]"));
  control.take({"reload"});
  Guest alice(rolling.url());
  control.take({"promote", "room", "v2"});
  EXPECT_EQ(alice.ask("version"), "1.0.0");
  rolling.write(served("other", "mover_1"));
  control.take({"reload"});
  alice.client.wait_for("_OnNamespaceDisconnect");
  control.wait_until([&] { return control.ns("room").is_null(); });
}

TEST_F(RolloutSteps, TheServerEndsAlsoWhileAVersionHangs) {
  control.take({"retire", "room", "v2"});
  rolling.write(two("weight = 100", "weight = 0\nconfig = { hang_in_create = true }"));
  const auto step = control.begin({"reload"});
  EXPECT_TRUE(step->wait_for_log("starting room v2"));
  rolling.server().signal(SIGTERM);
  EXPECT_EQ(rolling.server().wait_exit(), 0);
  EXPECT_EQ(step->wait_exit(), 1);
  EXPECT_NE(step->log().find("The server stops."), std::string::npos) << step->log();
}

// What it says to the host as it goes still has a host.
TEST_F(RolloutSteps, TheServerEndsAlsoWhileAVersionWaitsForAnotherOneOfItsStep) {
  rolling.write(two("weight = 100", "weight = 0") + served("ready", "pilgrim_1") +
                served("slow", "mover_1", "config = { hang_in_create = true }"));
  const auto step = control.begin({"reload"});
  EXPECT_TRUE(step->wait_for_log("starting slow v1"));
  rolling.server().signal(SIGTERM);
  EXPECT_EQ(rolling.server().wait_exit(), 0);
  EXPECT_NE(rolling.log().find("plugin/pilgrim: 1 destroyed"), std::string::npos) << rolling.log();
  EXPECT_EQ(rolling.log().find("a call of the host failed"), std::string::npos) << rolling.log();
}

TEST_F(RolloutSteps, RollbackGoesBackWithEverybody) {
  control.take({"retire", "room", "v2"});
  Guest alice(rolling.url());
  control.take({"promote", "room", "v2"});
  EXPECT_EQ(alice.ask("count"), "1");
  EXPECT_EQ(control.take({"rollback", "room"})["text"], "back to rollout 2: v1 100 %");
  EXPECT_EQ(alice.ask("version"), "1.0.0");
  EXPECT_EQ(alice.ask("count"), "2");
  EXPECT_EQ(control.ns("room")["stable"], "v1");
  // To and fro.
  EXPECT_EQ(control.take({"rollback", "room"})["text"], "back to rollout 3: v2 100 %");
  EXPECT_EQ(alice.ask("version"), "2.0.0");
  EXPECT_EQ(alice.story(), kUndisturbed);
}

TEST_F(RolloutSteps, RollbackGoesToAnyThatIsRemembered) {
  control.take({"weight", "room", "v2=10"});
  control.take({"weight", "room", "v2=20"});
  control.take({"weight", "room", "v2=30"});
  EXPECT_EQ(control.take({"rollback", "room", "--to", "2"})["text"],
            "back to rollout 2: v1 90 %, v2 10 %");
  EXPECT_EQ(version("v2")["weight"], 10);
  EXPECT_EQ(
      control.refusal({"rollback", "room", "--to", "77"}),
      "What namespace \"room\" was after rollout 77 is not remembered; `stoa ctl history` shows "
      "the rollouts that are.");
}

TEST_F(RolloutSteps, RollbackBringsBackWhoWasPromotedAlong) {
  control.take({"weight", "room", "v1=100", "v2=0"});
  Guest alice(rolling.url());
  EXPECT_EQ(alice.ask("version"), "1.0.0");
  control.take({"promote", "room", "v2"});
  EXPECT_EQ(alice.ask("version"), "2.0.0");
  control.take({"rollback", "room"});
  EXPECT_EQ(alice.ask("version"), "1.0.0");
  EXPECT_EQ(version("v2")["members"], 0);
}

TEST_F(RolloutSteps, RollbackOfWhatNeverChangedIsRefused) {
  EXPECT_EQ(control.refusal({"rollback", "room"}),
            "Namespace \"room\" has not changed since the first rollout that is remembered; there "
            "is nothing to go back to.");
  EXPECT_EQ(control.refusal({"rollback", "nowhere"}),
            "There is no namespace \"nowhere\"; there is \"room\".");
}

TEST_F(RolloutSteps, RollbackOfAScheduleGoesToBeforeItBegan) {
  control.take({"promote", "room", "v2", "--schedule", "5% 1s, 50% 1h, 100%"});
  control.wait_until([&] { return version("v2")["weight"] == 50; });
  EXPECT_EQ(control.take({"rollback", "room"})["text"], "back to rollout 1: v1 100 %, v2 0 %");
  EXPECT_EQ(control.ns("room")["schedule"], "");
}

TEST_F(RolloutSteps, HistoryIsTheLastFirst) {
  Guest alice(rolling.url());
  control.take({"weight", "room", "v2=10"});
  control.take({"promote", "room", "v2"});
  rolling.server().signal(SIGHUP);
  const auto rollouts = history();
  ASSERT_EQ(rollouts.size(), 3u);
  EXPECT_EQ(rollouts[0]["number"], 3);
  EXPECT_EQ(rollouts[0]["text"], "v2 promoted");
  EXPECT_EQ(rollouts[0]["namespace"], "room");
  EXPECT_EQ(rollouts[0]["members_moved"], 1);
  EXPECT_EQ(rollouts[1]["text"], "v1 90 %, v2 10 %");
  EXPECT_EQ(rollouts[1]["members_moved"], 0);
  EXPECT_EQ(rollouts[2]["by"], "start");
  EXPECT_EQ(control.take({"history", "--count", "1"})["rollouts"].size(), 1u);
  EXPECT_EQ(control.take({"history", "nowhere"})["rollouts"].size(), 1u);  // the start is of all
}

TEST_F(RolloutSteps, PlanSaysWhatAReloadWouldDoAndDoesNothing) {
  Guest alice(rolling.url());
  rolling.write(two("weight = 80", "weight = 20") + served("more", "mover_1"));
  const kit::Json before = control.state();
  const kit::Json plan = control.take({"plan"});
  EXPECT_EQ(control.state(), before);
  EXPECT_EQ(control.status()["server"]["rollout"], 1);
  std::string kinds;
  for (const kit::Json& change : plan["changes"]) {
    kinds += change["namespace"].get<std::string>() + " " + change["version"].get<std::string>() +
             " " + change["kind"].get<std::string>() + ", ";
  }
  EXPECT_EQ(kinds, "room v1 reweighted, room v2 reweighted, more  namespace added, ");
  EXPECT_EQ(plan["changes"][0]["members"], 1);
  // What was planned is what is done.
  EXPECT_EQ(control.take({"reload"})["changes"], plan["changes"]);
}

TEST_F(RolloutSteps, PlanOfABadManifestSaysWhy) {
  rolling.write(two() + served("more", "wrong_magic"));
  const std::string why = control.refusal({"plan"});
  EXPECT_NE(why.find("its descriptor's magic is 0xdeadbeef"), std::string::npos) << why;
}

TEST_F(RolloutSteps, RetireSendsItsMembersToTheOthers) {
  control.take({"weight", "room", "v2=100"});
  Guest alice(rolling.url());
  EXPECT_EQ(alice.ask("version"), "2.0.0");
  EXPECT_EQ(control.take({"retire", "room", "v2"})["text"], "v2 retired: v1 100 %");
  EXPECT_EQ(alice.ask("version"), "1.0.0");
  EXPECT_EQ(alice.story(), kUndisturbed);
  EXPECT_EQ(control.refusal({"retire", "room", "v1"}),
            "Version \"v1\" is the only one of namespace \"room\" that runs; promote another one "
            "first.");
}

TEST_F(RolloutSteps, AScheduleGoesOnByItself) {
  Guest alice(rolling.url());
  control.take({"promote", "room", "v2", "--schedule", "5% 3s, 50% 1s, 100%"});
  EXPECT_EQ(version("v2")["weight"], 5);
  EXPECT_NE(control.ns("room")["schedule"].get<std::string>().find("v2: 5 %, next 50 % in"),
            std::string::npos);
  control.wait_until([&] { return control.ns("room")["stable"] == "v2"; });
  EXPECT_EQ(control.ns("room")["schedule"], "");
  EXPECT_EQ(alice.ask("version"), "2.0.0");
  EXPECT_EQ(alice.story(), kUndisturbed);
  const auto rollouts = history();
  ASSERT_EQ(rollouts.size(), 4u);
  EXPECT_EQ(rollouts[0]["by"], "schedule");
  EXPECT_EQ(rollouts[0]["text"], "v2 100 %");
  EXPECT_EQ(rollouts[1]["text"], "v1 50 %, v2 50 %");
  EXPECT_EQ(rollouts[2]["text"], "schedule begun: v1 95 %, v2 5 %");
}

TEST_F(RolloutSteps, APausedScheduleStandsStill) {
  EXPECT_EQ(control.refusal({"pause", "room"}),
            "Namespace \"room\" has no schedule; `stoa ctl promote NS VERSION --schedule` begins "
            "one.");
  control.take({"promote", "room", "v2", "--schedule", "5% 3s, 50% 1h, 100%"});
  control.take({"pause", "room"});
  EXPECT_EQ(control.ns("room")["paused"], true);
  // Another namespace's schedule, which is as long, ends meanwhile.
  rolling.reload(
      two() + behaviour::version("other", "v1", "mover_1") +
      behaviour::version("other", "v2", "mover_2", "schedule = \"5% 3s, 50% 1s, 100%\""));
  control.wait_until([&] { return control.ns("other")["stable"] == "v2"; });
  EXPECT_EQ(version("v2")["weight"], 5);
  control.take({"resume", "room"});
  control.wait_until([&] { return version("v2")["weight"] == 50; });
}

TEST_F(RolloutSteps, AScheduleThatMeansNothingIsRefused) {
  const std::string why = control.refusal({"promote", "room", "v2", "--schedule", "5% 1s, 50%"});
  EXPECT_EQ(why,
            "Found the schedule \"5% 1s, 50%\", want 100% as the last step, without a time, like "
            "\"5% 10m, 25% 30m, 100%\".");
  EXPECT_EQ(version("v2")["weight"], 0);
}

// The file says what it said: that is no reason to begin again.
TEST_F(RolloutSteps, AReloadLeavesWhatStepsHaveMade) {
  control.take({"weight", "room", "v2=30"});
  EXPECT_EQ(control.take({"reload"})["text"], "nothing changed");
  EXPECT_EQ(version("v2")["weight"], 30);
  rolling.reload(two("weight = 60", "weight = 40"));
  EXPECT_EQ(version("v2")["weight"], 40);
}

TEST(NewFile, AtTheSamePathIsTheNewCode) {
  PluginFolder folder;
  folder.install("mover_1", "mover");
  RollingServer rolling(
      {.namespaces = served("room", "mover", "run = \"thread\"\n"), .plugins = folder.path()});
  Guest alice(rolling.url());
  EXPECT_EQ(alice.ask("count"), "1");
  folder.install("mover_2", "mover");
  EXPECT_EQ(alice.ask("version"), "1.0.0");  // nobody said so yet
  const kit::Json done = rolling.control().take({"reload"});
  EXPECT_EQ(done["text"], "room v1 replaced");
  EXPECT_EQ(alice.ask("version"), "2.0.0");
  EXPECT_EQ(alice.ask("count"), "2");
  EXPECT_EQ(alice.story(), kUndisturbed);
  EXPECT_EQ(Guest(rolling.url()).ask("version"), "2.0.0");
  rolling.control().wait_until([&] { return rolling.control().status()["retired"].size() == 1; });
  EXPECT_EQ(rolling.control().status()["retired"][0]["version"], "1.0.0");
}

TEST(NewFile, ThatWasRolledBackStaysAwayUntilThereIsAnother) {
  PluginFolder folder;
  folder.install("mover_1", "mover");
  RollingServer rolling({.namespaces = served("room", "mover"), .plugins = folder.path()});
  Guest alice(rolling.url());
  folder.install("mover_2", "mover");
  rolling.control().take({"reload"});
  EXPECT_EQ(alice.ask("version"), "2.0.0");
  rolling.control().take({"rollback", "room"});
  EXPECT_EQ(alice.ask("version"), "1.0.0");
  EXPECT_EQ(rolling.control().take({"reload"})["text"], "nothing changed");
  EXPECT_EQ(alice.ask("version"), "1.0.0");
  // The same code in a file that is another one, if by a byte.
  folder.install("mover_2", "mover");
  std::ofstream(folder.file("mover"), std::ios::app) << "x";
  rolling.control().take({"reload"});
  EXPECT_EQ(alice.ask("version"), "2.0.0");
}

TEST(SideBySide, VersionsShareNoStatics) {
  // One worker, so that there is one thread that calls both.
  RollingServer rolling(
      {.namespaces = two("weight = 100", "weight = 0\nmatch = [{ query = \"v\", value = \"2\" }]"),
       .workers = 1});
  Guest first(rolling.url());
  Guest second(rolling.url() + "?v=2");
  ASSERT_EQ(first.ask("version"), "1.0.0");
  ASSERT_EQ(second.ask("version"), "2.0.0");
  EXPECT_EQ(first.ask("statics"), "1 1 1");
  EXPECT_EQ(first.ask("statics"), "2 2 2");
  EXPECT_EQ(second.ask("statics"), "1 1 1");
  EXPECT_EQ(first.ask("statics"), "3 3 3");
}

class Departures : public testing::Test {
 protected:
  // Of a version that goes, by that way.
  static std::string by(const std::string& plugin, const std::string& departure,
                        const std::string& more = {}) {
    return served("room", plugin, "departure = [" + departure + "]\n" + more);
  }
};

TEST_F(Departures, WhoStaysStaysUntilItLeaves) {
  RollingServer rolling({.namespaces = by("mover_1", "\"stay\", \"move\"")});
  auto alice = std::make_unique<Guest>(rolling.url());
  rolling.reload(by("mover_2", "\"stay\", \"move\""));
  EXPECT_EQ(alice->ask("version"), "1.0.0");
  EXPECT_EQ(Guest(rolling.url()).ask("version"), "2.0.0");
  const kit::Json versions = rolling.control().ns("room")["versions"];
  ASSERT_EQ(versions.size(), 2u);
  EXPECT_EQ(versions[1]["state"], "leaving");
  EXPECT_EQ(versions[1]["plugin_version"], "1.0.0");
  EXPECT_EQ(versions[1]["members"], 1);
  EXPECT_EQ(alice->ask("version"), "1.0.0");
  EXPECT_EQ(alice->story(), kUndisturbed);
  alice.reset();
  EXPECT_TRUE(rolling.says("a version is gone namespace=room version=v1")) << rolling.log();
  EXPECT_EQ(rolling.control().ns("room")["versions"].size(), 1u);
}

TEST_F(Departures, WhoStaysTooLongIsMoved) {
  const std::string ways = "\"stay\", \"move\"";
  RollingServer rolling({.namespaces = by("mover_1", ways, "stay_ms = 1000")});
  Guest alice(rolling.url());
  alice.ask("count");
  rolling.reload(by("mover_2", ways, "stay_ms = 1000"));
  EXPECT_EQ(alice.ask("version"), "1.0.0");
  EXPECT_TRUE(rolling.says("a version is gone namespace=room version=v1")) << rolling.log();
  EXPECT_EQ(alice.ask("version"), "2.0.0");
  EXPECT_EQ(alice.ask("count"), "2");
  EXPECT_EQ(alice.story(), kUndisturbed);
}

TEST_F(Departures, WhoIsReconnectedLeavesAndComesBack) {
  RollingServer rolling({.namespaces = by("mover_1", "\"reconnect\"")});
  Guest alice(rolling.url());
  alice.ask("count");
  rolling.reload(by("mover_2", "\"reconnect\""));
  alice.client.wait_for("_OnNamespaceDisconnect");
  ASSERT_TRUE(alice.client->wait_connected("room", kit::kPatience));
  EXPECT_EQ(alice.ask("version"), "2.0.0");
  EXPECT_EQ(alice.ask("count"), "1");  // it is new there
  EXPECT_TRUE(alice.client->open());
}

// A plugin that lets in whom a plugin connects may think otherwise of them.
TEST_F(Departures, WhoIsReconnectedIsSoByTheHost) {
  RollingServer rolling({.namespaces = "[namespace.room]\ndeparture = [\"reconnect\"]\n" +
                                       version("room", "v1", "probe", "weight = 100") +
                                       version("room", "v2", "probe", "weight = 0"),
                         // The two share a journal.
                         .variables = {{"STOA_PLUGINS_RUN", "thread"}}});
  Guest alice(rolling.url());
  rolling.control().take({"promote", "room", "v2"});
  alice.client.wait_for("_OnNamespaceDisconnect");
  ASSERT_TRUE(alice.client->wait_connected("room", kit::kPatience));
  std::vector<std::string> by;
  for (const kit::Json& told : kit::Json::parse(alice.ask("journal", alice.client->id()))) {
    if (told["event"] == "connect" || told["event"] == "disconnect") by.push_back(told["by"]);
  }
  EXPECT_EQ(by, (std::vector<std::string>{"client", "host", "host"}));
}

TEST_F(Departures, AVersionThatCannotTakeOverGetsThemReconnected) {
  RollingServer rolling({.namespaces = served("room", "tracking_1")});
  Guest alice(rolling.url());
  const kit::Json done = rolling.reload(served("room", "tracking_2"));
  EXPECT_EQ(done["text"],
            "room v1 replaced; some members of v1 were connected again: the next version tracks "
            "its members and imports none");
  ASSERT_TRUE(alice.client->wait_connected("room", kit::kPatience));
  EXPECT_EQ(alice.ask("version"), "2.0.0");
}

TEST_F(Departures, AVersionThatKeepsNothingGetsThemMoved) {
  RollingServer rolling({.namespaces = served("room", "stateless_1")});
  Guest alice(rolling.url());
  rolling.reload(served("room", "stateless_2"));
  EXPECT_EQ(alice.ask("version"), "2.0.0");
  EXPECT_EQ(alice.story(), kUndisturbed);
}

// Users are named by the gate, which is there for that alone.
class Judged : public testing::Test {
 protected:
  Judged() {
    for (const char* plugin : {"gate", "mover_1", "mover_2"}) folder.install(plugin);
    rolling.emplace(
        Served{.namespaces = gate() + served("room", "mover_1"), .plugins = folder.path()});
  }
  static std::string gate() {
    return served("admin", "gate", "config = { tokens = { a = \"ada\", b = \"bob\" } }");
  }

  // The next message that has this; empty if none comes.
  static std::string heard(kit::RawSocket& socket, const std::string& part) {
    for (;;) {
      std::string message = socket.receive_message();
      if (message.empty() || message.find(part) != std::string::npos) return message;
    }
  }

  PluginFolder folder;
  std::optional<RollingServer> rolling;
};

TEST_F(Judged, AMemberMayBeUnwelcomeInTheNextVersion) {
  RawGuest ada(rolling->server().port(), "room", "/?token=a");
  Guest bob(rolling->url() + "?token=b");
  rolling->reload(gate() + served("room", "mover_2", "config = { judge = \"ada\" }"));
  EXPECT_EQ(ada.sent_away(), "no longer welcome");
  EXPECT_EQ(bob.ask("version"), "2.0.0");
  EXPECT_EQ(bob.story(), kUndisturbed);
}

TEST_F(Judged, AMemberMayBeUnwelcomeUnderANewConfig) {
  RawGuest ada(rolling->server().port(), "room", "/?token=a");
  Guest bob(rolling->url() + "?token=b");
  bob.ask("count");
  rolling->reload(gate() + served("room", "mover_1", "config = { judge = \"ada\" }"));
  EXPECT_EQ(ada.sent_away(), "no longer welcome");
  EXPECT_EQ(bob.ask("count"), "2");
  EXPECT_EQ(bob.story(), kUndisturbed);
}

// It asks before it has agreed to be out: that is answered when it is.
TEST_F(Judged, WhoIsUnwelcomeMayAskToComeInAgain) {
  kit::RawSocket ada(rolling->server().port());
  ada.acknowledge("/?token=a");
  ada.send_text("$1;room;;_OnNamespaceConnect;0;0;");
  ada.receive_message();
  rolling->reload(gate() + served("room", "mover_1", "config = { judge = \"ada\" }"));
  const std::string told = heard(ada, "_OnNamespaceDisconnect");
  ada.send_text("$2;room;;_OnNamespaceConnect;0;0;");
  ada.send_text(told);
  EXPECT_EQ(heard(ada, "$2;"), "$2;;;;;;");
  ada.send_text("$3;room;;version;0;0;");
  EXPECT_EQ(heard(ada, "$3;"), "$3;room;;version;0;0;1.0.0");
}

// It was agreed to under the config before, and its client while that was replaced.
TEST_F(Judged, AMemberMayBecomeUnwelcomeBeforeItIsIn) {
  folder.install("probe");
  rolling->reload(gate() + served("room", "mover_1") + served("door", "probe"));
  kit::RawSocket ada(rolling->server().port());
  ada.acknowledge("/?token=a");
  ada.send_text("$1;door;;_OnNamespaceConnect;0;0;");
  ada.receive_message();
  ada.send_text("$2;door;;connect;0;0;{\"ns\":\"room\"}");
  const std::string asked = heard(ada, ";room;;_OnNamespaceConnect;");
  rolling->reload(gate() + served("room", "mover_1", "config = { judge = \"ada\" }") +
                  served("door", "probe"));
  ada.send_text(asked);
  EXPECT_NE(heard(ada, "_OnNamespaceDisconnect").find("no longer welcome"), std::string::npos);
}

// Chat as "v1", and beside it a chat whose every third answer is an error.
class Guarded : public testing::Test {
 protected:
  Guarded() {
    folder.install("chat");
    folder.install("chat_broken");
  }
  static std::string chats(const std::string& guard) {
    return version("room", "v1", "chat", "weight = 100") +
           version("room", "v3", "chat_broken",
                   "weight = 0\nmatch = [{ query = \"v\", value = \"3\" }]") +
           "[namespace.room.guard]\nwindow_ms = 2000\n" + guard + "\n";
  }
  // Talks, in both versions, until the guard has heard enough.
  static void talk_until_put_out(RollingServer& rolling, kit::Place good, kit::Place bad) {
    rolling.control().wait_until([&] {
      for (int i = 0; i < 20; ++i) {
        static_cast<void>(good.try_ask("message", "hi"));
        static_cast<void>(bad.try_ask("message", "hi"));
      }
      return rolling.log().find("the guard puts a version out") != std::string::npos;
    });
  }

  PluginFolder folder;
};

TEST_F(Guarded, ABadVersionIsPutOutAndItsMembersAreMoved) {
  RollingServer rolling({.namespaces = chats("min_count = 10"), .plugins = folder.path()});
  Guest alice(rolling.url());
  Guest bob(rolling.url() + "?v=3");
  kit::Place hall = bob.place.join("hall");
  EXPECT_EQ(rolling.control().version("room", "v3")["members"], 1);
  talk_until_put_out(rolling, alice.place.join("hall"), hall);
  const kit::Control& control = rolling.control();
  control.wait_until([&] { return control.version("room", "v3")["state"] == "out"; });
  EXPECT_EQ(control.version("room", "v1")["members"], 2);
  for (int i = 0; i < 9; ++i) EXPECT_TRUE(hall.try_ask("message", "well again"));
  const std::string note = control.ns("room")["note"];
  // Each third message fails; the last three may not all have been heard.
  const std::string share = note.substr(0, 23);
  EXPECT_TRUE(share == "guard: v3 put out: 33 %" || share == "guard: v3 put out: 32 %") << note;
  EXPECT_NE(note.find("% of v1"), std::string::npos) << note;
  EXPECT_TRUE(rolling.says("version=v3 reason=\"")) << rolling.log();
  EXPECT_EQ(control.take({"history"})["rollouts"][0]["by"], "guard");
  // A reload does not bring it back, and the next step of an operator clears the note.
  EXPECT_EQ(control.take({"reload"})["text"], "nothing changed");
  control.take({"weight", "room", "v3=10"});
  EXPECT_EQ(control.ns("room")["note"], "");
}

TEST_F(Guarded, WhatTheGuardWantsCanBeReloaded) {
  RollingServer rolling({.namespaces = chats("min_count = 1000000"), .plugins = folder.path()});
  Guest alice(rolling.url());
  Guest bob(rolling.url() + "?v=3");
  kit::Place good = alice.place.join("hall");
  kit::Place bad = bob.place.join("hall");
  for (int i = 0; i < 300; ++i) static_cast<void>(bad.try_ask("message", "hi"));
  EXPECT_EQ(rolling.control().version("room", "v3")["state"], "serving");
  rolling.reload(chats("min_count = 10"));
  EXPECT_EQ(rolling.control().version("room", "v3")["members"], 1);
  talk_until_put_out(rolling, good, bad);
}

}  // namespace
}  // namespace stoa::behaviour
