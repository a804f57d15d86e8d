// Plugins in processes of their own: what becomes of their members when these fail.
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <future>
#include <iterator>
#include <set>
#include <string>

#include "rollout.h"

namespace stoa::behaviour {
namespace {

namespace fs = std::filesystem;

std::string in_a_process(const std::string& more = {}) {
  return served("room", "faulty_1", "run = \"process\"\n" + more) +
         served("aside", "mover_1", "run = \"thread\"\n");
}

// With keys of [namespace.room.process].
std::string within(const std::string& keys) {
  return in_a_process() + "[namespace.room.process]\n" + keys;
}

pid_t pid_of(const RollingServer& rolling) {
  return rolling.control().version("room", "v1")["pid"].get<pid_t>();
}

// It fails, and another one serves: the member is still there, and was told nothing of it.
void expect_back(const RollingServer& rolling, Guest& alice, pid_t before) {
  const auto story = alice.story();
  rolling.control().wait_until([&] {
    const pid_t now = pid_of(rolling);
    return now != 0 && now != before;
  });
  EXPECT_EQ(alice.ask("version"), "1.0.0");
  EXPECT_EQ(alice.story(), story);
  EXPECT_EQ(rolling.control().ns("room")["members"], 1);
}

class Fault : public testing::TestWithParam<const char*> {};

TEST_P(Fault, OfAProcessIsNotThatOfItsMembers) {
#ifdef __SANITIZE_THREAD__
  if (GetParam() == std::string("double free")) GTEST_SKIP() << "ThreadSanitizer allows it";
#endif
  RollingServer rolling(
      {.namespaces = within("memory_bytes = 268435456\nopen_files = 64\nmax_crashes = 5\n"),
       .plugin_keys = "stuck_callback_ms = 300\n"});
  const std::set<std::string> complained_of = {"segv", "overflow", "double free"};
  if (complained_of.contains(GetParam())) rolling.server().expect_complaints();
  Guest alice(rolling.url());
  Guest bob(rolling.url(), "aside");
  for (int times = 1; times <= 2; ++times) {
    const pid_t before = pid_of(rolling);
    ASSERT_EQ(alice.place.try_ask("fault", GetParam()).body, "handler unavailable");
    EXPECT_EQ(bob.ask("version"), "1.0.0");
    expect_back(rolling, alice, before);
    EXPECT_EQ(rolling.control().version("room", "v1")["failures"], times);
    EXPECT_NE(::kill(before, 0), 0) << "it is still there";
  }
  EXPECT_EQ(bob.story(), kUndisturbed);
}

INSTANTIATE_TEST_SUITE_P(Each, Fault,
                         testing::Values("abort", "exit", "kill", "stop", "segv", "overflow",
                                         "double free", "loop", "leak", "descriptors", "garbage",
                                         "deaf"),
                         [](const auto& fault) {
                           std::string name = fault.param;
                           std::ranges::replace(name, ' ', '_');
                           return name;
                         });

// Also while it is only found out what a library is.
TEST(Processes, AreConfinedFromTheFirstConstructorOn) {
  const std::string prying = served("room", "prying_constructor", "run = \"process\"");
  const std::string found = "saying \"secret hidden, 6 descriptors, seccomp 2\"";
  RollingServer rolling({.namespaces = served("room", "stateless_1", "run = \"process\""),
                         .variables = {{"STOA_PRY", "1"}}});
  const std::string why = rolling.refusal(prying);
  EXPECT_NE(why.find(found), std::string::npos) << why;
  // At the start of the server too.
  kit::TemporaryFolder folder;
  folder.write("stoa.toml", "[server]\nlisten = [\"127.0.0.1:0\"]\n[plugins]\ndirectory = \"" +
                                kit::fixture_plugins().string() + "\"\n" + prying);
  kit::Process start({kit::stoa_binary().string(), "serve", (folder.path() / "stoa.toml").string()},
                     {{"STOA_PRY", "1"}});
  EXPECT_EQ(start.wait_exit(), 1);
  EXPECT_NE(start.log().find(found), std::string::npos) << start.log();
}

// It has the user's rights, but those are not for this.
TEST(Processes, CannotCommandTheServer) {
  RollingServer rolling({.namespaces = in_a_process()});
  Guest alice(rolling.url());
  EXPECT_EQ(alice.ask("control", (rolling.server().folder().path() / "control.sock").string()),
            "{\"error\":\"a plugin's process may not ask for this: nothing was done\","
            "\"ok\":false}\n");
}

// So that whoever reads the log need not guess which of its events it was, nor where.
TEST(Processes, SayWhereTheyCrashed) {
  RollingServer rolling({.namespaces = in_a_process()});
  Guest alice(rolling.url());
  EXPECT_EQ(alice.place.try_ask("fault", "abort").body, "handler unavailable");
  EXPECT_TRUE(
      rolling.says("stoa: fatal SIGABRT in plugin faulty 1.0.0, namespace \"room\", event "
                   "message \"fault\""));
  EXPECT_TRUE(rolling.says("/libc.so"));
  EXPECT_TRUE(rolling.says("its process ended: SIGABRT"));
}

TEST(Processes, TellWhoIsThereWhenTheyAreBack) {
  RollingServer rolling({.namespaces = in_a_process()});
  Guest alice(rolling.url());
  alice.place.join("lobby");
  const std::string known = alice.ask("who");
  const pid_t before = pid_of(rolling);
  ::kill(before, SIGKILL);
  expect_back(rolling, alice, before);
  EXPECT_EQ(alice.ask("who"), known);
  EXPECT_NE(known.find(" lobby"), std::string::npos) << known;
}

TEST(Processes, ThatFailAnswerWhatWasToBeAnsweredLater) {
  RollingServer rolling({.namespaces = in_a_process()});
  Guest alice(rolling.url());
  std::promise<client::Outcome> answer;
  alice.client->ask({.ns = "room", .event = "later"}, kit::kPatience,
                    [&](const client::Outcome& outcome) { answer.set_value(outcome); });
  EXPECT_EQ(alice.ask("version"), "1.0.0");
  ::kill(pid_of(rolling), SIGKILL);
  EXPECT_EQ(answer.get_future().get().body, "handler unavailable");
}

// Who comes while there is none waits for the next one, if that comes soon.
TEST(Processes, LetNewcomersInWhenTheyAreBack) {
  RollingServer rolling({.namespaces = in_a_process()});
  const pid_t before = pid_of(rolling);
  ::kill(before, SIGKILL);
  rolling.control().wait_until(
      [&] { return rolling.control().version("room", "v1")["failures"] == 1; });
  Guest alice(rolling.url());
  EXPECT_EQ(alice.ask("version"), "1.0.0");
}

// Whom it was to import then is not told either.
TEST(Processes, ThatFailBeforeTheirMembersAreBackKeepThem) {
  RollingServer rolling({.namespaces = within("max_crashes = 10\n")});
  Guest alice(rolling.url());
  Guest bob(rolling.url());
  alice.ask("import", "3");
  const pid_t before = pid_of(rolling);
  ::kill(before, SIGKILL);
  rolling.control().wait_until(
      [&] { return rolling.control().version("room", "v1")["failures"] == 4; });
  rolling.control().wait_until([&] { return alice.place.try_ask("version").body == "1.0.0"; });
  EXPECT_EQ(bob.ask("version"), "1.0.0");
  EXPECT_EQ(alice.story(), kUndisturbed);
  EXPECT_EQ(bob.story(), kUndisturbed);
}

// What they did not hand over is lost, but nobody's place.
TEST(Processes, ThatFailWhileTheyHandOverKeepTheirMembers) {
  RollingServer rolling({.namespaces = served("room", "mover_1",
                                              "run = \"process\"\n"
                                              "config = { slow_export_ms = 60000 }\n")});
  Guest alice(rolling.url());
  const pid_t before = pid_of(rolling);
  rolling.write(served("room", "mover_2", "run = \"process\"\n"));
  const auto reload = rolling.control().begin({"reload"});
  rolling.control().wait_until(
      [&] { return rolling.control().ns("room")["versions"].size() == 2; });
  ::kill(before, SIGKILL);
  EXPECT_EQ(reload->wait_exit(), 0) << reload->log();
  EXPECT_EQ(alice.ask("version"), "2.0.0");
  EXPECT_EQ(alice.story(), kUndisturbed);
}

TEST(Processes, ThatFailTooOftenArePutAsideUntilTheyAreRevived) {
  RollingServer rolling({.namespaces = within("max_crashes = 2\n")});
  Guest alice(rolling.url());
  const auto fail = [&] {
    const pid_t before = pid_of(rolling);
    ::kill(before, SIGKILL);
    rolling.control().wait_until([&] { return pid_of(rolling) != before; });
  };
  fail();
  rolling.control().wait_until([&] { return pid_of(rolling) != 0; });
  fail();
  const auto version = [&] { return rolling.control().version("room", "v1"); };
  rolling.control().wait_until([&] { return version()["state"] == "aside"; });
  EXPECT_EQ(version()["trouble"], "its process ended: SIGKILL");
  EXPECT_TRUE(rolling.says("it is put aside until `stoa ctl revive`"));
  EXPECT_EQ(alice.place.try_ask("version").body, "handler unavailable");
  kit::Client bob(rolling.url());
  bob.declare("room");
  bob.dial();
  EXPECT_EQ(bob.try_connect("room").body, "handler unavailable");
  // Nor does a step that is about something else bring it back.
  rolling.control().take({"reload"});
  EXPECT_EQ(version()["state"], "aside");
  rolling.control().take({"revive", "room"});
  EXPECT_EQ(alice.ask("version"), "1.0.0");
  EXPECT_EQ(alice.story(), kUndisturbed);
  EXPECT_EQ(rolling.control().refusal({"revive", "room"}),
            "Namespace \"room\": nothing of it was put aside.");
}

TEST(Processes, OfAVersionOnTrialThatFailPutItOut) {
  RollingServer rolling({.namespaces = version("room", "v1", "faulty_1", "weight = 100") +
                                       version("room", "v2", "faulty_2",
                                               "run = \"process\"\nweight = 0\n"
                                               "match = [{ query = \"v\", value = \"2\" }]\n")});
  Guest alice(rolling.url() + "?v=2");
  EXPECT_EQ(alice.ask("version"), "2.0.0");
  ::kill(rolling.control().version("room", "v2")["pid"].get<pid_t>(), SIGKILL);
  rolling.control().wait_until(
      [&] { return rolling.control().version("room", "v2")["state"] == "out"; });
  rolling.control().wait_until([&] { return alice.ask("version") == "1.0.0"; });
  EXPECT_EQ(rolling.control().ns("room")["note"],
            "guard: v2 put out: it failed: its process ended: SIGKILL");
}

TEST(Processes, GetOtherLimitsByAReload) {
  RollingServer rolling({.namespaces = in_a_process()});
  Guest alice(rolling.url());
  const pid_t before = pid_of(rolling);
  const kit::Json done = rolling.reload(within("nice = 5\n"));
  EXPECT_EQ(done["text"], "room v1 confined");
  EXPECT_NE(pid_of(rolling), before);
  EXPECT_EQ(alice.ask("version"), "1.0.0");
}

TEST(Processes, OfNobodyAreRefused) {
  RollingServer rolling({.namespaces = in_a_process()});
  const std::string why = rolling.refusal(within("user = \"nobody-of-this-name\"\n"));
  EXPECT_NE(why.find("nobody-of-this-name"), std::string::npos) << why;
}

// Nothing is left of those that failed.
TEST(Processes, LeaveNoDescriptorBehind) {
  RollingServer rolling({.namespaces = within("max_crashes = 1000\n")});
  Guest alice(rolling.url());
  const auto descriptors = [&] {
    const fs::path folder = "/proc/" + std::to_string(rolling.server().process().pid()) + "/fd";
    return std::distance(fs::directory_iterator(folder), fs::directory_iterator());
  };
  const auto fail = [&] {
    const pid_t before = pid_of(rolling);
    ::kill(before, SIGKILL);
    expect_back(rolling, alice, before);
    rolling.control().wait_until(
        [&] { return rolling.control().ns("room")["versions"].size() == 1; });
  };
  fail();
  const auto before = descriptors();
  for (int i = 0; i < 3; ++i) fail();
  rolling.control().wait_until([&] { return descriptors() == before; });
}

}  // namespace
}  // namespace stoa::behaviour
