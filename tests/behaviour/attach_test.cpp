// What a plugin is told of its members when the process that had them failed.
#include <signal.h>

#include <memory>
#include <string>
#include <vector>

#include "rollout.h"

namespace stoa::behaviour {
namespace {

std::string heirs(const std::string& config = {}) {
  return served("room", "heir_1", "run = \"process\"\n") +
         (config.empty() ? "" : "[namespace.room.config]\n" + config);
}

// A server of one plugin in a process of its own.
class Attaching {
 public:
  explicit Attaching(const std::string& namespaces, uint32_t workers = 2)
      : rolling_({.namespaces = namespaces, .workers = workers}) {}

  // Ends the process, and waits until there is another one that holds `members`.
  void fail(uint32_t members = 1, const std::string& version = "v1") {
    const pid_t before = pid(version);
    ::kill(before, SIGKILL);
    rolling_.control().wait_until([&] {
      const pid_t now = pid(version);
      return now != 0 && now != before &&
             rolling_.control().version("room", version)["members"] == members;
    });
  }
  [[nodiscard]] RollingServer& rolling() { return rolling_; }
  [[nodiscard]] const std::string& url() const { return rolling_.url(); }

 private:
  [[nodiscard]] pid_t pid(const std::string& version) const {
    return rolling_.control().version("room", version)["pid"].get<pid_t>();
  }

  RollingServer rolling_;
};

TEST(Attach, TellsOfEachMemberWithItsRoomsAndItsStore) {
  Attaching server(heirs());
  Guest alice(server.url());
  Guest bob(server.url());
  alice.place.join("lobby");
  alice.place.join("kitchen");
  alice.ask("keep", "Ada");
  const auto story = alice.story();
  server.fail(2);
  EXPECT_EQ(alice.ask("told"), "attach lobby kitchen name=Ada; judge");
  EXPECT_EQ(bob.ask("told"), "attach; judge");
  EXPECT_EQ(alice.story(), story);
  EXPECT_EQ(bob.story(), kUndisturbed);
}

// Not of a room that it has left; and bytes are bytes.
TEST(Attach, TellsWhatIsSoAtThatMoment) {
  Attaching server(heirs());
  Guest alice(server.url());
  kit::Place lobby = alice.place.join("lobby");
  alice.place.join("kitchen");
  lobby.leave();
  const std::string name("\xff\0;", 3);
  alice.place.ask_binary("keep", name);
  server.fail();
  EXPECT_EQ(alice.place.ask_binary("told", ""), "attach kitchen name=" + name + "; judge");
}

TEST(Attach, ComesBeforeWhateverTheMemberDoes) {
  Attaching server(heirs());
  Guest alice(server.url());
  for (int times = 0; times < 2; ++times) {
    server.fail(1);
    alice.place.join("room " + std::to_string(times));
    alice.place.emit("note", std::to_string(times));
    const std::string told = alice.ask("told");
    const std::string number = std::to_string(times);
    EXPECT_TRUE(told.starts_with("attach")) << told;
    EXPECT_TRUE(told.ends_with("; judge; joined room " + number + "; note " + number)) << told;
  }
}

// Nothing of it comes to the new process before its attach.
TEST(Attach, ComesBeforeWhatTheMemberSaysMeanwhile) {
  Attaching server(heirs());
  Guest alice(server.url());
  const pid_t before = server.rolling().control().version("room", "v1")["pid"].get<pid_t>();
  ::kill(before, SIGKILL);
  std::string told;
  while (told.find("attach") == std::string::npos) {
    alice.place.emit("note", "still here");
    told = alice.place.try_ask("told").body;
  }
  EXPECT_TRUE(told.starts_with("attach; judge")) << told;
}

TEST(Attach, OfAMemberThatIsRefusedConnectsItAgain) {
  Attaching server(heirs("refuse = true\n"));
  Guest alice(server.url());
  server.fail();
  alice.client.wait_for("_OnNamespaceDisconnect");
  server.rolling().control().wait_until(
      [&] { return alice.place.try_ask("told").body.find("connected") != std::string::npos; });
  EXPECT_EQ(alice.ask("told"), "attach; connect; connected");
}

TEST(Attach, ThatEndsTheProcessIsTheNextOnes) {
  Attaching server(heirs("fail = 1\n"));
  Guest alice(server.url());
  alice.place.join("lobby");
  const auto story = alice.story();
  server.fail();
  server.rolling().control().wait_until(
      [&] { return server.rolling().control().version("room", "v1")["failures"] == 2; });
  server.rolling().control().wait_until(
      [&] { return alice.place.try_ask("version").status == client::Status::kOk; });
  EXPECT_EQ(alice.ask("told"), "attach lobby; judge");
  EXPECT_EQ(alice.story(), story);
}

TEST(Attach, LeavesOutValuesBeyondSixteenMebibytes) {
  Attaching server(heirs());
  Guest alice(server.url());
  alice.ask("keep", "Ada");
  alice.ask("fill", "260");
  server.fail();
  EXPECT_EQ(alice.ask("told"), "attach name=Ada and 255 without 5; judge");
}

// More than may wait for the process at a time: the last ones are told when the first were.
TEST(Attach, OfMembersThatHaveMuchComesToAll) {
  Attaching server(heirs(), 1);
  std::vector<std::unique_ptr<Guest>> guests;
  for (int i = 0; i < 5; ++i) {
    guests.push_back(std::make_unique<Guest>(server.url()));
    guests.back()->ask("fill", "150");
  }
  server.fail(5);
  for (const auto& guest : guests) EXPECT_EQ(guest->ask("told"), "attach and 150; judge");
}

// Also if it runs elsewhere, and nobody was to take the place of the one that failed.
TEST(Attach, TellsTheVersionThatTakesOver) {
  Attaching server(version("room", "v1", "heir_1", "weight = 100\nrun = \"thread\"\n") +
                   version("room", "v2", "heir_2",
                           "run = \"process\"\nweight = 0\n"
                           "match = [{ query = \"v\", value = \"2\" }]\n") +
                   "[namespace.room.process]\nmax_crashes = 1\n");
  Guest alice(server.url() + "?v=2");
  alice.place.join("lobby");
  EXPECT_EQ(alice.ask("version"), "2.0.0");
  const kit::Control& control = server.rolling().control();
  ::kill(control.version("room", "v2")["pid"].get<pid_t>(), SIGKILL);
  control.wait_until([&] { return control.version("room", "v2")["state"] == "out"; });
  control.wait_until([&] { return alice.place.try_ask("version").body == "1.0.0"; });
  EXPECT_EQ(alice.ask("told"), "attach lobby; judge");
}

// A version that hands over nothing has not failed.
TEST(Attach, IsNoPartOfARollout) {
  Attaching server(version("room", "v1", "stateless_1", "weight = 100\nrun = \"process\"\n") +
                   version("room", "v2", "heir_2", "weight = 0\n"));
  Guest alice(server.url());
  const kit::Control& control = server.rolling().control();
  control.take({"promote", "room", "v2"});
  control.wait_until([&] { return alice.place.try_ask("told").body == "connect; connected"; });
}

// It hears who comes, and nothing of those who are there: they come again.
TEST(Attach, ThatNobodyHandlesNorImportsConnectsMembersAgain) {
  Attaching server(served("room", "tracking_1", "run = \"process\"\n"));
  Guest alice(server.url());
  server.fail();
  alice.client.wait_for("_OnNamespaceDisconnect");
  server.rolling().control().wait_until([&] { return alice.story().size() == 5; });
  EXPECT_EQ(alice.ask("version"), "1.0.0");
}

}  // namespace
}  // namespace stoa::behaviour
