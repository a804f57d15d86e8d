// Who gets which version, at the real server.
#include <map>

#include "rollout.h"

namespace stoa::behaviour {
namespace {

constexpr int kUsers = 400;

// The gate names the users: token "t7" is user "user-7".
class SplitServer : public testing::Test {
 protected:
  SplitServer() {
    for (const char* plugin : {"gate", "mover_1", "mover_2"}) folder.install(plugin);
  }

  static std::string gate() {
    std::string tokens;
    for (int i = 0; i < kUsers; ++i) {
      const std::string number = std::to_string(i);
      tokens += (i == 0 ? "t" : ", t") + number + " = \"user-" + number + "\"";
    }
    return served("admin", "gate", "config = { tokens = { " + tokens + " } }");
  }
  // Both versions, and the gate.
  [[nodiscard]] Served serving(const std::string& of_v1, const std::string& of_v2) const {
    return {.namespaces = gate() + version("room", "v1", "mover_1", of_v1) +
                          version("room", "v2", "mover_2", of_v2),
            .server = "headers = [\"X-Version\"]\n",
            .plugins = folder.path()};
  }
  static std::unique_ptr<RawGuest> user(RollingServer& rolling, int number) {
    return std::make_unique<RawGuest>(rolling.server().port(), "room",
                                      "/?token=t" + std::to_string(number));
  }

  PluginFolder folder;
};

TEST_F(SplitServer, GivesUsersTheirVersionsByWeightAndKeepsThem) {
  std::map<int, std::string> first;
  {
    RollingServer rolling(serving("weight = 75", "weight = 25"));
    std::vector<std::unique_ptr<RawGuest>> guests;
    for (int i = 0; i < kUsers; ++i) {
      guests.push_back(user(rolling, i));
      first[i] = guests.back()->ask("version");
      ASSERT_FALSE(HasFailure()) << i;
    }
    const int of_v2 = rolling.control().version("room", "v2")["members"];
    EXPECT_NEAR(of_v2, kUsers / 4, kUsers * 8 / 100);
    EXPECT_EQ(rolling.control().version("room", "v1")["members"], kUsers - of_v2);

    // Other weights move nobody who is in, and of newcomers those who must.
    rolling.control().take({"weight", "room", "v2=75"});
    EXPECT_EQ(rolling.control().version("room", "v2")["members"], of_v2);
    for (int i = 0; i < kUsers; ++i) {
      const auto at = static_cast<std::size_t>(i);
      EXPECT_EQ(guests[at]->ask("version"), first[i]) << i;
      if (i % 4 != 0) continue;
      const std::string again = user(rolling, i)->ask("version");
      EXPECT_TRUE(again == first[i] || again == "2.0.0") << i;
    }
  }
  // Another process says the same of the same users.
  RollingServer restarted(serving("weight = 75", "weight = 25"));
  for (int i = 0; i < kUsers; i += 4) {
    EXPECT_EQ(user(restarted, i)->ask("version"), first[i]) << i;
  }
}

TEST_F(SplitServer, GoesByTheConnectionIfThereIsNoUser) {
  RollingServer rolling(serving("weight = 50", "weight = 50"));
  std::vector<std::unique_ptr<RawGuest>> guests;
  for (int i = 0; i < 100; ++i) {
    guests.push_back(std::make_unique<RawGuest>(rolling.server().port()));
  }
  const int of_v2 = rolling.control().version("room", "v2")["members"];
  EXPECT_GT(of_v2, 10);  // by chance alone it is not even once in a universe
  EXPECT_LT(of_v2, 90);
  EXPECT_EQ(rolling.control().version("room", "v1")["members"], 100 - of_v2);
}

TEST_F(SplitServer, AMatchIsByHeaderQueryUserOrAddress) {
  const auto of = [](RollingServer& rolling, const std::string& path,
                     const std::string& headers = {}) {
    return RawGuest(rolling.server().port(), "room", path, headers).ask("version");
  };
  RollingServer rolling(serving("weight = 100", R"(weight = 0
match = [{ header = "X-Version", value = "2" }, { query = "v", value = "2" }, { user = "user-7" }]
)"));
  EXPECT_EQ(of(rolling, "/"), "1.0.0");
  EXPECT_EQ(of(rolling, "/", "X-Version: 2\r\n"), "2.0.0");
  EXPECT_EQ(of(rolling, "/", "X-Version: 3\r\n"), "1.0.0");
  EXPECT_EQ(of(rolling, "/?v=2"), "2.0.0");
  EXPECT_EQ(of(rolling, "/?v=22"), "1.0.0");
  EXPECT_EQ(of(rolling, "/?token=t7"), "2.0.0");
  EXPECT_EQ(of(rolling, "/?token=t8"), "1.0.0");

  const auto by_address = [&](const std::string& network) {
    rolling.reload(
        serving("weight = 100", "weight = 0\nmatch = [{ address = \"" + network + "\" }]")
            .namespaces);
    return of(rolling, "/");
  };
  EXPECT_EQ(by_address("127.0.0.0/8"), "2.0.0");
  EXPECT_EQ(by_address("10.0.0.0/8"), "1.0.0");
  EXPECT_EQ(by_address("127.0.0.1"), "2.0.0");
}

}  // namespace
}  // namespace stoa::behaviour
