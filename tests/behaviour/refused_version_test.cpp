// A new version that is bad in any way leaves the old one as it was, and is named with its fault.
#include <fstream>

#include "rollout.h"

namespace stoa::behaviour {
namespace {

namespace fs = std::filesystem;

// The beginning of a finished sentence, and a part that names the fault.
struct Bad {
  std::string plugin;
  std::string more;  // of its namespace
  std::string fault;
  std::string name = plugin;  // of the test
};

// What may crash in the server is tried in a child of it first.
constexpr const char* kNoProcess = "run = \"thread\"";
constexpr const char* kProcess = "run = \"process\"";

void PrintTo(const Bad& bad, std::ostream* out) {
  *out << bad.name;
}

// Mover 1.0.0 serves "room", has one member, and will not be replaced.
class Refused : public testing::Test {
 protected:
  Refused()
      : rolling({.namespaces = served("room", "mover_1"),
                 .rollout = "stage_timeout_ms = 3000\n",
                 .plugins = plugins()}),
        alice(rolling.url()) {
    EXPECT_EQ(alice.ask("count"), "1");
    before = rolling.control().state();
  }

  fs::path plugins() {
    for (const auto& file : fs::directory_iterator(kit::fixture_plugins())) {
      if (file.path().extension() == ".so") folder.install(file.path().stem());
    }
    return folder.path();
  }

  // All is as it was before the step.
  void expect_as_before() {
    // A new version that had come so far that newcomers were its own is seen to leave.
    rolling.control().wait_until([&] { return rolling.control().state() == before; });
    EXPECT_EQ(rolling.control().status()["server"]["rollout"], 1);
    EXPECT_EQ(alice.story(), kUndisturbed);
    EXPECT_EQ(alice.ask("count"), "2");
    EXPECT_EQ(alice.ask("version"), "1.0.0");
    Guest bob(rolling.url());
    EXPECT_EQ(bob.ask("version"), "1.0.0");
    EXPECT_EQ(rolling.log().find("exported"), std::string::npos) << rolling.log();
  }
  // It is refused with a finished sentence that has this in it.
  void expect_refused(const std::string& namespaces, const std::string& fault) {
    const std::string why = rolling.refusal(namespaces);
    EXPECT_NE(why.find(fault), std::string::npos) << why;
    expect_as_before();
  }
  // After all that, a good one is taken.
  void expect_well_afterwards() {
    rolling.reload(served("room", "mover_2"));
    EXPECT_EQ(alice.ask("version"), "2.0.0");
    EXPECT_EQ(alice.ask("count"), "3");
  }

  PluginFolder folder;
  RollingServer rolling;
  Guest alice;
  kit::Json before;
};

class RefusedVersion : public Refused, public testing::WithParamInterface<Bad> {};

TEST_P(RefusedVersion, LeavesTheOldOneServing) {
  expect_refused(served("room", GetParam().plugin, GetParam().more), GetParam().fault);
  expect_well_afterwards();
}

INSTANTIATE_TEST_SUITE_P(
    ThatBreaksARule, RefusedVersion,
    testing::Values(
        Bad{"bad_name", "", "bad_name.so\": its descriptor's name is \"../Bad Name\""},
        Bad{"duplicate_events", "", "its descriptor's events[2] is \"say\" again"},
        Bad{"endless_events", "", "its descriptor's event_count is 5000, wanted at most 4096"},
        Bad{"exports_too_much", "", "exports more than stoa_plugin_entry: parse_config"},
        Bad{"needs_absent", "", "cannot be loaded: libabsent.so: cannot open shared object file"},
        Bad{"newer_major", "", "is built for ABI 2.0, and this host speaks 1.0 to 1.1"},
        Bad{"no_entry", "", "does not export stoa_plugin_entry"},
        Bad{"no_handle", "", "its descriptor's handle is NULL"},
        Bad{"null_entry", "", "its stoa_plugin_entry() returned NULL"},
        Bad{"unique_symbols", "", "has symbols that are unique in the process"},
        Bad{"wrong_magic", "", "its descriptor's magic is 0xdeadbeef"},
        Bad{"wrong_size", "", "its descriptor's struct_size is 24"}),
    [](const auto& bad) { return bad.param.name; });

INSTANTIATE_TEST_SUITE_P(
    ThatCannotBeLoaded, RefusedVersion,
    testing::Values(
        Bad{"aborting_constructor", "",
            "aborting_constructor.so\": ended the process when it was loaded (SIGABRT)"},
        Bad{"exiting_constructor", "",
            "ended the process when it was loaded (exit code 3), saying \"no licence found\""},
        Bad{"throwing_constructor", "", "what(): no settings here"},
        Bad{"hanging_constructor", "", "did not finish loading within 10000 ms"}),
    [](const auto& bad) { return bad.param.name; });

INSTANTIATE_TEST_SUITE_P(
    ThatDoesNotStart, RefusedVersion,
    testing::Values(
        Bad{"create_fails", kNoProcess, "does not start: config needs \"tokens\"; "},
        Bad{"create_aborts", kNoProcess, "ended the process when it was started (SIGABRT)"},
        Bad{"mover_2", "config = { hang_in_create = true }", "did not start within 3000 ms",
            "hang_in_create"},
        Bad{"mover_2", "config = { crash_in_create = true }\nrun = \"thread\"",
            "plugin mover 2.0.0 ended the process when it was started (SIGABRT)",
            "crash_in_create"},
        Bad{"mover_2", "config = { typo = true }", "typo", "unknown_key"},
        Bad{"mover_2", "config = { fail_self_test = \"no database\" }",
            "its self-test failed: no database", "fail_self_test"},
        Bad{"mover_2", "config = { hang_in_self_test = true }", "did not start within 3000 ms",
            "hang_in_self_test"},
        Bad{"mover_2", "config = { crash_in_self_test = true }\nrun = \"thread\"",
            "ended the process when it was started (SIGABRT)", "crash_in_self_test"},
        Bad{"create_fails", kProcess, "does not start: config needs \"tokens\"",
            "create_fails_in_a_process"},
        Bad{"mover_2", "config = { crash_in_create = true }\nrun = \"process\"",
            "plugin mover 2.0.0 does not start: its process ended: SIGABRT",
            "crash_in_create_of_a_process"},
        Bad{"mover_2", "config = { crash_in_self_test = true }\nrun = \"process\"",
            "its self-test failed: its process ended: SIGABRT", "crash_in_self_test_of_a_process"},
        Bad{"mover_2", "config = { hang_in_create = true }\nrun = \"process\"",
            "did not start within 3000 ms; its process is killed", "hang_in_create_of_a_process"},
        Bad{"mover_2", "config = { refuse_all = true }",
            "the new v1 does not take over what the old v1 keeps for all: no state from elsewhere.",
            "refuse_all"}),
    [](const auto& bad) { return bad.param.name; });

class RefusedFile : public Refused {};

TEST_F(RefusedFile, ThatIsMissing) {
  expect_refused(served("room", "mover_9"),
                 "plugin \"mover_9.so\": there is no such file beneath the plugin directory \"" +
                     folder.path().string() + "\"; put it there");
  expect_well_afterwards();
}

TEST_F(RefusedFile, ThatIsNoPlugin) {
  std::ofstream(folder.file("text")) << "#!/bin/sh\n";
  expect_refused(served("room", "text"), "is not an ELF file; name the shared library");
}

TEST_F(RefusedFile, ThatIsCutShort) {
  const std::string whole = contents(folder.file("mover_2"));
  std::ofstream(folder.file("half"), std::ios::binary) << whole.substr(0, whole.size() / 2);
  expect_refused(served("room", "half"), "is truncated or damaged");
}

// The very file that serves, too: what serves is its copy.
TEST_F(RefusedFile, ThatIsCutShortWhileItServes) {
  fs::resize_file(folder.file("mover_1"), 1000);
  expect_refused(served("room", "mover_1"), "is truncated or damaged");
}

TEST_F(RefusedFile, ThatOthersMayWrite) {
  fs::permissions(folder.file("mover_2"), fs::perms::others_write, fs::perm_options::add);
  expect_refused(served("room", "mover_2"), "can be written by others than its owner; chmod go-w");
  fs::permissions(folder.file("mover_2"), fs::perms::others_write, fs::perm_options::remove);
  expect_well_afterwards();
}

TEST_F(RefusedFile, ThatIsAnotherThanItsDigestSays) {
  const std::string digest = before[0]["versions"][0]["sha256"];
  expect_refused(version("room", "v1", "mover_2", "sha256 = \"" + digest + "\""),
                 ", wanted " + digest + "; put the file there that is meant");
}

TEST_F(RefusedFile, ThatLeadsOutOfTheFolder) {
  fs::create_symlink(kit::fixture_plugins() / "mover_2.so", folder.file("link"));
  expect_refused(served("room", "link"), "leads out of the plugin directory");
}

// They were found bad in a child process, and are not mapped at all.
TEST(RefusedLibraries, LeaveNothingBehind) {
  RollingServer rolling({.namespaces = served("room", "mover_1")});
  rolling.refusal(served("room", "mover_2", "config = { fail_self_test = \"no\" }"));
  rolling.refusal(served("room", "suspect_1", "config = { nonsense = 1 }"));
  EXPECT_EQ(rolling.control().status()["retired"].size(), 0u);
}

TEST(RetiredLibraries, BeyondTheirNumberTheLogWarns) {
  const auto on_a_thread = [](const std::string& plugin) {
    return served("room", plugin, "run = \"thread\"\n");
  };
  RollingServer rolling({.namespaces = on_a_thread("stateless_1"), .rollout = "max_retired = 1\n"});
  const auto expect_retired = [&](std::size_t count) {
    rolling.control().wait_until(
        [&] { return rolling.control().status()["retired"].size() == count; });
  };
  rolling.reload(on_a_thread("stateless_2"));
  expect_retired(1);
  EXPECT_EQ(rolling.log().find("not used any more"), std::string::npos) << rolling.log();
  rolling.reload(on_a_thread("tracking_1"));
  expect_retired(2);
  EXPECT_TRUE(rolling.says("2 plugin libraries are mapped and not used any more")) << rolling.log();
}

}  // namespace
}  // namespace stoa::behaviour
