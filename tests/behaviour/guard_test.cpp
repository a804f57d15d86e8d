// What the guard makes of a version beside the stable one, and when.
#include "rollout.h"

namespace stoa::behaviour {
namespace {

constexpr int kEnough = 20;  // calls of a version, for the guard to judge it by

// Suspect 1.0.0 as "v1", which has everybody, and beside it "v2", for those who ask for it.
std::string two(const std::string& ns, const std::string& of_v2 = {},
                const std::string& plugin = "suspect_1") {
  return version(ns, "v1", "suspect_1", "weight = 100") +
         version(ns, "v2", plugin,
                 "weight = 0\nmatch = [{ query = \"v\", value = \"2\" }]\n" + of_v2) +
         "[namespace." + ns + ".guard]\nmin_count = " + std::to_string(kEnough) + "\n";
}

// Members of both versions of a namespace, who say what is answered well or with an error.
struct Speakers {
  Speakers(const std::string& url, const std::string& ns) : v1(url, ns), v2(url + "?v=2", ns) {}

  static void say(Guest& guest, const char* what, int times = kEnough) {
    for (int i = 0; i < times; ++i) static_cast<void>(guest.place.try_ask(what));
  }

  Guest v1;
  Guest v2;
};

class Guard : public testing::Test {
 protected:
  void serve(const std::string& room) {
    rolling.emplace(Served{.namespaces = room, .plugins = plugins()});
  }
  [[nodiscard]] const kit::Control& control() const { return rolling->control(); }
  [[nodiscard]] std::string state(const std::string& name) const {
    return control().version("room", name)["state"];
  }
  std::filesystem::path plugins() {
    for (const char* name : {"suspect_1", "suspect_2"}) folder.install(name);
    return folder.path();
  }

  PluginFolder folder;
  std::optional<RollingServer> rolling;
};

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

}  // namespace
}  // namespace stoa::behaviour
