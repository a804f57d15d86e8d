// What the guard makes of a version beside the stable one, and when.
#include <fstream>

#include "rollout.h"

namespace stoa::behaviour {
namespace {

constexpr int kEnough = 20;  // calls of a version, for the guard to judge it by
constexpr char kDue[] = "v2: 50 %, next 100 % in 0 s";

// Suspect 1.0.0 as "v1", which has everybody, and beside it "v2", for those who ask for it. Who
// asks for v1 gets that, also when newcomers are shared out.
std::string two(const std::string& ns, const std::string& of_v2 = {},
                const std::string& plugin = "suspect_1") {
  return version(ns, "v1", "suspect_1",
                 "weight = 100\nmatch = [{ query = \"v\", value = \"1\" }]\n") +
         version(ns, "v2", plugin,
                 "weight = 0\nmatch = [{ query = \"v\", value = \"2\" }]\n" + of_v2) +
         "[namespace." + ns + ".guard]\nmin_count = " + std::to_string(kEnough) + "\n";
}

// Members of both versions of a namespace, who say what is answered well or with an error.
struct Speakers {
  Speakers(const std::string& url, const std::string& ns)
      : v1(url + "?v=1", ns), v2(url + "?v=2", ns) {}

  static void say(Guest& guest, const char* what, int times = kEnough) {
    for (int i = 0; i < times; ++i) static_cast<void>(guest.place.try_ask(what));
  }

  Guest v1;
  Guest v2;
};

class Guard : public testing::Test {
 protected:
  void serve(const std::string& room, const std::string& more = {}) {
    rolling.emplace(Served{.namespaces = room + two("witness") + more, .plugins = plugins()});
  }
  [[nodiscard]] const kit::Control& control() const { return rolling->control(); }
  [[nodiscard]] std::string state(const std::string& name) const {
    return control().version("room", name)["state"];
  }
  // The guard has looked at all that was said until now: it puts out what is bad for sure.
  void wait_for_a_look() {
    Speakers speakers(rolling->url(), "witness");
    Speakers::say(speakers.v1, "good");
    Speakers::say(speakers.v2, "bad");
    control().wait_until([&] { return control().version("witness", "v2")["state"] == "out"; });
  }
  // A step that takes as long as the test wants: until open_gate().
  [[nodiscard]] std::string waits_for_gate() const {
    return "config = { wait_for = \"" + (folder.path() / "gate").string() + "\" }\n";
  }
  void open_gate() const { std::ofstream(folder.path() / "gate") << "open"; }
  std::unique_ptr<kit::Process> begin_reload(const std::string& namespaces) {
    rolling->write(namespaces);
    auto reload = control().begin({"reload"});
    EXPECT_TRUE(reload->wait_for_log("starting")) << reload->log();
    return reload;
  }
  std::filesystem::path plugins() {
    for (const char* name : {"suspect_1", "suspect_2"}) folder.install(name);
    folder.install("suspect_1", "suspect");
    return folder.path();
  }

  PluginFolder folder;
  std::optional<RollingServer> rolling;
};

TEST_F(Guard, WhatFailsWithTheStableVersionTooIsNoReason) {
  serve(two("room"));
  control().take({"retire", "room", "v2"});
  Guest alice(rolling->url());
  Speakers::say(alice, "good");
  Speakers::say(alice, "bad");
  control().take({"weight", "room", "v2=10"});
  Speakers speakers(rolling->url(), "room");
  for (Guest* const guest : {&speakers.v1, &speakers.v2}) {
    Speakers::say(*guest, "good");
    Speakers::say(*guest, "bad");
  }
  wait_for_a_look();
  EXPECT_EQ(state("v2"), "serving");
}

TEST_F(Guard, AStableVersionThatHasNothingToDoIsNoMeasure) {
  serve(two("room"));
  Speakers speakers(rolling->url(), "room");
  Speakers::say(speakers.v2, "good", 3 * kEnough);
  Speakers::say(speakers.v2, "bad");
  wait_for_a_look();
  EXPECT_EQ(state("v2"), "serving");
}

TEST_F(Guard, TimersDoNotMakeUpForMessagesThatFail) {
  serve(two("room", "config = { tick_ms = 1 }"));
  Speakers speakers(rolling->url(), "room");
  control().wait_until([&] { return control().version("room", "v2")["calls"] > 30 * kEnough; });
  Speakers::say(speakers.v1, "good");
  Speakers::say(speakers.v2, "bad");
  control().wait_until([&] { return state("v2") == "out"; });
  EXPECT_NE(control().ns("room")["note"].get<std::string>().find("100 % of 20 messages"),
            std::string::npos)
      << control().ns("room");
}

// Its name is that of the bad one, and it is another one.
TEST_F(Guard, WhatReplacesABadVersionMeanwhileIsNotPutOut) {
  serve(two("room", {}, "suspect"));
  Speakers speakers(rolling->url(), "room");
  folder.install("suspect_2", "suspect");
  const auto reload = begin_reload(two("room", waits_for_gate(), "suspect") + two("witness"));
  Speakers::say(speakers.v1, "good");
  Speakers::say(speakers.v2, "bad");
  EXPECT_TRUE(rolling->says("the guard finds a version bad namespace=room")) << rolling->log();
  open_gate();
  EXPECT_EQ(reload->wait_exit(), 0) << reload->log();
  wait_for_a_look();
  EXPECT_EQ(state("v2"), "serving");
  EXPECT_EQ(speakers.v2.ask("version"), "2.0.0");
}

// While another namespace's step goes on no step can be taken; the versions are watched all the
// same, and what is bad by then does not go on.
TEST_F(Guard, AScheduleGoesOnOnlyIfTheLastLookFoundNothingBad) {
  serve(two("room"));
  Speakers speakers(rolling->url(), "room");
  control().take({"promote", "room", "v2", "--schedule", "50% 3s, 100%"});
  const auto reload =
      begin_reload(two("room") + two("witness") + served("more", "suspect_1", waits_for_gate()));
  control().wait_until([&] { return control().ns("room")["schedule"] == kDue; });
  Speakers::say(speakers.v1, "good");
  Speakers::say(speakers.v2, "bad");
  EXPECT_TRUE(rolling->says("the guard finds a version bad namespace=room")) << rolling->log();
  open_gate();
  EXPECT_EQ(reload->wait_exit(), 0) << reload->log();
  control().wait_until([&] { return state("v2") == "out"; });
  EXPECT_EQ(control().ns("room")["stable"], "v1");
  EXPECT_EQ(rolling->log().find("by=schedule"), std::string::npos) << rolling->log();
}

// A schedule that waits for another step holds up nobody else.
TEST_F(Guard, AStepEndsWithItsMembersWhileAScheduleWaits) {
  const std::string way =
      version("way", "v1", "mover_1", "weight = 100\nconfig = { slow_export_ms = 5000 }") +
      version("way", "v2", "mover_2", "weight = 0");
  for (const char* name : {"mover_1", "mover_2"}) folder.install(name);
  serve(two("room"), way);
  Guest alice(rolling->url(), "way");
  control().take({"promote", "room", "v2", "--schedule", "50% 3s, 100%"});
  const auto promotion = control().begin({"promote", "way", "v2"});
  EXPECT_TRUE(promotion->wait_for_log("members still to go: 1")) << promotion->log();
  const auto reload = begin_reload(two("room") + two("witness") + way +
                                   served("more", "suspect_1", waits_for_gate()));
  control().wait_until([&] { return control().ns("room")["schedule"] == kDue; });
  EXPECT_EQ(promotion->wait_exit(), 0) << promotion->log();
  EXPECT_EQ(control().ns("room")["schedule"], kDue);
  open_gate();
  EXPECT_EQ(reload->wait_exit(), 0) << reload->log();
  control().wait_until([&] { return control().ns("room")["stable"] == "v2"; });
}

TEST_F(Guard, ARollbackDoesNotBringBackWhatWasPutOut) {
  serve(two("room", {}, "suspect_2"));
  control().take({"retire", "room", "v2"});
  control().take({"weight", "room", "v2=10"});
  Speakers speakers(rolling->url(), "room");
  Speakers::say(speakers.v1, "good");
  Speakers::say(speakers.v2, "bad");
  control().wait_until([&] { return state("v2") == "out"; });
  const std::string why = control().refusal({"rollback", "room"});
  EXPECT_NE(why.find("`stoa ctl rollback room --to NUMBER`"), std::string::npos) << why;
  EXPECT_EQ(state("v2"), "out");
  EXPECT_EQ(control().take({"rollback", "room", "--to", "3"})["text"],
            "back to rollout 3: v1 90 %, v2 10 %");
}

}  // namespace
}  // namespace stoa::behaviour
