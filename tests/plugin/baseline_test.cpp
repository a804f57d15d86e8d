// Plugins that were compiled against other versions of the ABI than today's, on today's host.
#include <gtest/gtest.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string>
#include <vector>

#include "folder.h"
#include "listener.h"
#include "report/startup_error.h"

namespace stoa::plugin {
namespace {

namespace fs = std::filesystem;

std::string machine() {
  struct utsname names {};
  ::uname(&names);
  return names.machine;
}

// Where the plugins are that a newer SDK would make.
fs::path newer() {
  return fs::path(STOA_BASELINE) / ("newer-" + machine());
}

// One folder for each version that has binaries for this machine.
std::vector<fs::path> versions() {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(STOA_BASELINE)) {
    if (entry.path().string().ends_with("-" + machine()) && entry.path() != newer()) {
      found.push_back(entry.path());
    }
  }
  return found;
}

// A stored plugin, by way of a folder of the test's own, since a checkout may be writable by
// others.
std::shared_ptr<const Library> load_from(const fs::path& stored, const std::string& name) {
  const Folder folder;
  fs::copy_file(stored / (name + ".so"), folder.path() / (name + ".so"));
  fs::permissions(folder.path() / (name + ".so"), fs::perms::owner_read);
  return Library::load(folder.path(), name);
}

class Baseline : public testing::TestWithParam<fs::path> {
 protected:
  std::shared_ptr<const Library> load(const std::string& name) {
    return load_from(GetParam(), name);
  }

  Listener host_;
};

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Baseline);
INSTANTIATE_TEST_SUITE_P(Plugins, Baseline, testing::ValuesIn(versions()), [](const auto& version) {
  std::string name = version.param.filename();
  std::ranges::replace_if(
      name, [](unsigned char c) { return !std::isalnum(c); }, '_');
  return name;
});

TEST_P(Baseline, SeeEveryMemberOfAnEventAsItWas) {
  Instance veteran(load("veteran"), "old", "{}", host_.table());
  stoa_event event = message(veteran, "mirror");
  event.flags = STOA_EVENT_ASK | STOA_EVENT_BINARY;
  event.by = STOA_BY_CLIENT;
  event.status = -7;
  event.connection = 11;
  event.reply = 12;
  event.cookie = 13;
  event.room = {"lobby", 5};
  event.body = {"what", 4};
  EXPECT_EQ(veteran.handle(event), STOA_OK);
  EXPECT_EQ(host_.last(),
            "kind=10 flags=3 by=1 index=0 status=-7 connection=11 reply=12 cookie=13 room=lobby "
            "event=mirror body=what ");
}

TEST_P(Baseline, FindEveryFunctionOfTheHostWhereItWas) {
  Instance veteran(load("veteran"), "old", "{}", host_.table());
  EXPECT_EQ(veteran.handle(message(veteran, "tour")), STOA_OK);
  EXPECT_EQ(host_.last(),
            "connect=-2 disconnect=-2 disconnect_all=-2 join=-2 leave=-2 close=-2 set_id=-2 "
            "set_user=-2 fact=-2 emit=0 prepare=0 prepared_emit=0 "
            "prepared_forget=0 ask=0 members=0 count=0 store_set=0 store_add=0 "
            "store_swap=0 store_get=-4 store_delete=-4 timer_start=0 timer_stop=0 post=0 log=0 "
            "counter_add=0 gauge_set=0 monotonic=1 wall=1 extension=1 ");
}

TEST_P(Baseline, AnswerAsTheyDid) {
  Instance tally(load("tally"), "tally", "{}", host_.table());
  stoa_event event = message(tally, "add");
  event.body = {"41", 2};
  EXPECT_EQ(tally.handle(event), STOA_OK);
  EXPECT_EQ(host_.last(), "41");
  event.body = {"x", 1};
  EXPECT_EQ(tally.handle(event), STOA_OK);
  EXPECT_EQ(host_.last(), "not a number");
}

class NewerPlugin : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(newer())) GTEST_SKIP() << "none is stored for this machine";
  }

  Listener host_;
};

TEST_F(NewerPlugin, IsTakenWithWhatThisHostDoesNotKnow) {
  const auto library = load_from(newer(), "pioneer");
  EXPECT_EQ(library->description().abi_minor, 99u);
  EXPECT_GT(library->open().struct_size, sizeof(stoa_plugin_descriptor));
  EXPECT_NE(library->description().handles & STOA_HANDLES(40), 0u);
}

TEST_F(NewerPlugin, FindsThatTheHostLacksAFunction) {
  Instance pioneer(load_from(newer(), "pioneer"), "new", "{}", host_.table());
  EXPECT_EQ(pioneer.handle(message(pioneer, "ask")), STOA_OK);
  EXPECT_EQ(host_.last(), "no");
}

TEST_F(NewerPlugin, CallsTheFunctionOfAHostThatHasIt) {
  struct {
    stoa_host known;
    int32_t (*teleport)(const stoa_host*, stoa_connection);
  } tomorrow = {host_.table(), [](const stoa_host*, stoa_connection) -> int32_t { return 0; }};
  tomorrow.known.struct_size = sizeof tomorrow;
  Instance pioneer(load_from(newer(), "pioneer"), "new", "{}", tomorrow.known);
  EXPECT_EQ(pioneer.handle(message(pioneer, "ask")), STOA_OK);
  EXPECT_EQ(host_.last(), "yes");
}

TEST_F(NewerPlugin, OfAnotherMajorVersionIsRefusedWithBothSidesNamed) {
  try {
    (void)load_from(newer(), "stranger");
    ADD_FAILURE() << "it was loaded";
  } catch (const report::StartupError& error) {
    EXPECT_TRUE(std::string(error.what())
                    .ends_with("stranger.so\": is built for ABI 2.0, and this host speaks 1.0 to "
                               "1.1; run it on a newer host, or build it with this host's SDK"))
        << error.what();
  }
}

}  // namespace
}  // namespace stoa::plugin
