// Plugins that were compiled against another version of the ABI than today's, on today's server.
#include <sys/utsname.h>

#include <filesystem>

#include "kit/temporary_folder.h"
#include "session.h"

namespace stoa::behaviour {
namespace {

namespace fs = std::filesystem;

// A folder of the test's own with stored plugins, since a checkout may be writable by others.
class Copied {
 public:
  explicit Copied(const fs::path& stored) {
    for (const auto& plugin : fs::directory_iterator(stored)) {
      const fs::path copy = path() / plugin.path().filename();
      fs::copy_file(plugin.path(), copy);
      fs::permissions(copy, fs::perms::owner_read);
    }
  }

  fs::path path() const { return folder_.path(); }

 private:
  kit::TemporaryFolder folder_;
};

class OldPlugins : public testing::TestWithParam<fs::path> {
 protected:
  kit::Manifest manifest() const {
    return {.rest =
                "[namespace.tally]\nplugin = \"tally\"\n"
                "[namespace.old]\nplugin = \"veteran\"\n",
            .plugins = stored_.path()};
  }

 private:
  const Copied stored_{GetParam()};
};

std::string machine() {
  struct utsname names {};
  uname(&names);
  return names.machine;
}

// Where the plugins are that a newer SDK would make.
fs::path newer() {
  return fs::path(STOA_BASELINE) / ("newer-" + machine());
}

// Those that were built for this machine.
std::vector<fs::path> stored() {
  std::vector<fs::path> found;
  for (const auto& version : fs::directory_iterator(STOA_BASELINE)) {
    if (version.path().string().ends_with("-" + machine()) && version.path() != newer()) {
      found.push_back(version.path());
    }
  }
  return found;
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(OldPlugins);
INSTANTIATE_TEST_SUITE_P(Stored, OldPlugins, testing::ValuesIn(stored()),
                         [](const auto& version) { return std::to_string(version.index); });

TEST_P(OldPlugins, ServeTheirClients) {
  kit::Server server(manifest());
  kit::Client alice(server.url());
  kit::Place tally = alice.connect("tally");
  EXPECT_EQ(tally.ask("add", "40"), "40");
  EXPECT_EQ(tally.ask("add", "2"), "42");
  EXPECT_EQ(tally.try_ask("add", "x").body, "not a number");
}

TEST_P(OldPlugins, ReachEveryFunctionOfTheHost) {
  kit::Server server(manifest());
  kit::Client alice(server.url());
  alice.declare("old");
  EXPECT_EQ(alice.connect("old").ask("tour"),
            // "other" is no namespace here; the connection that it names never was one.
            "connect=-4 disconnect=-2 disconnect_all=-2 join=-2 leave=-2 close=-2 set_id=-2 "
            "set_user=-2 fact=-2 emit=0 prepare=0 prepared_emit=0 "
            "prepared_forget=0 ask=0 members=0 count=0 store_set=0 store_add=0 "
            "store_swap=-6 store_get=0 store_delete=0 timer_start=0 timer_stop=0 post=0 log=0 "
            "counter_add=0 gauge_set=0 monotonic=1 wall=1 extension=1 ");
}

class NewerPlugin : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(newer())) GTEST_SKIP() << "none is stored for this machine";
  }

  static kit::Manifest manifest(const std::string& plugin, const Copied& stored) {
    return {.rest = "[namespace.new]\nplugin = \"" + plugin + "\"\n", .plugins = stored.path()};
  }
};

TEST_F(NewerPlugin, ServesItsClientsWithoutWhatThisHostLacks) {
  const Copied stored(newer());
  kit::Server server(manifest("pioneer", stored));
  kit::Client alice(server.url());
  alice.declare("new");
  EXPECT_EQ(alice.connect("new").ask("ask"), "no");
}

TEST_F(NewerPlugin, OfAnotherMajorVersionKeepsTheServerFromStarting) {
  const Copied stored(newer());
  try {
    kit::Server server(manifest("stranger", stored));
    ADD_FAILURE() << "it started";
  } catch (const std::runtime_error& failure) {
    EXPECT_NE(std::string(failure.what())
                  .find("is built for ABI 2.0, and this host speaks 1.0 to 1.1; run it on a newer "
                        "host, or build it with this host's SDK"),
              std::string::npos)
        << failure.what();
  }
}

}  // namespace
}  // namespace stoa::behaviour
