// Namespaces that a reload adds, removes and changes: all of it or nothing.
#include "rollout.h"

namespace stoa::behaviour {
namespace {

class ReloadedNamespaces : public testing::TestWithParam<uint32_t> {
 protected:
  [[nodiscard]] Served serving(const std::string& namespaces) const {
    return {.namespaces = namespaces, .workers = GetParam()};
  }
};
STOA_WITH_WORKERS(ReloadedNamespaces);

std::string three(const std::string& version, const std::string& of_last) {
  return served("first", "mover_" + version) + served("second", "mover_" + version) +
         served("third", of_last);
}

TEST_P(ReloadedNamespaces, OfWhichOneFailsAreAllAsBefore) {
  RollingServer rolling(serving(three("1", "mover_1")));
  Guest first(rolling.url(), "first");
  Guest third(rolling.url(), "third");
  const kit::Json before = rolling.control().state();
  EXPECT_NE(rolling.refusal(three("2", "create_fails")).find("config needs \"tokens\""),
            std::string::npos);
  EXPECT_EQ(rolling.control().state(), before);
  EXPECT_EQ(first.ask("version"), "1.0.0");
  EXPECT_EQ(third.ask("version"), "1.0.0");
  EXPECT_EQ(first.story(), kUndisturbed);
  EXPECT_EQ(third.story(), kUndisturbed);
}

// It fails at the last moment: the others have handed over what they keep, and keep it.
TEST_P(ReloadedNamespaces, OfWhichOneTakesNothingOverKeepWhatTheyHad) {
  RollingServer rolling(serving(three("1", "mover_1")));
  Guest first(rolling.url(), "first");
  Guest third(rolling.url(), "third");
  first.ask("count");
  first.ask("count");
  third.ask("count");
  const kit::Json before = rolling.control().state();
  const std::string why =
      rolling.refusal(served("first", "mover_2") + served("second", "mover_2") +
                      served("third", "mover_2", "config = { refuse_all = true }"));
  EXPECT_NE(why.find("Namespace \"third\""), std::string::npos) << why;
  rolling.control().wait_until([&] { return rolling.control().state() == before; });
  EXPECT_EQ(first.ask("total"), "2");
  EXPECT_EQ(third.ask("total"), "1");
  EXPECT_EQ(first.ask("version"), "1.0.0");
  EXPECT_EQ(first.story(), kUndisturbed);
}

TEST_P(ReloadedNamespaces, ThatAreNotTakenKeepTheirLimits) {
  RollingServer rolling(serving(served("room", "mover_1")));
  Guest alice(rolling.url());
  rolling.refusal(
      served("room", "mover_2", "config = { refuse_all = true }\nmax_message_bytes = 1000"));
  EXPECT_FALSE(alice.place.try_ask("seq", std::string(2000, '1')).status ==
               client::Status::kClosed);
  EXPECT_EQ(alice.ask("version"), "1.0.0");
}

TEST_P(ReloadedNamespaces, ThatAreAddedCanBeEntered) {
  RollingServer rolling(serving(served("room", "mover_1")));
  kit::Client alice(rolling.url());
  alice.declare("new");
  EXPECT_EQ(alice.try_connect("new").body, "bad namespace");
  const kit::Json done = rolling.reload(served("room", "mover_1") + served("new", "mover_2"));
  EXPECT_EQ(done["changes"][0]["kind"], "namespace added");
  EXPECT_EQ(alice.connect("new").ask("version"), "2.0.0");
}

TEST_P(ReloadedNamespaces, ThatAreRemovedLetTheirMembersKnow) {
  RollingServer rolling(serving(served("room", "mover_1") + served("other", "mover_1")));
  Guest alice(rolling.url());
  Guest bob(rolling.url(), "other");
  alice.place.join("corner");
  rolling.reload(served("other", "mover_1"));
  alice.client.wait_for("_OnNamespaceDisconnect");
  EXPECT_EQ(alice.client.try_connect("room").body, "bad namespace");
  EXPECT_TRUE(alice.client->open());  // the connection itself stays
  EXPECT_EQ(bob.story(), kUndisturbed);
  rolling.control().wait_until([&] { return rolling.control().ns("room").is_null(); });
}

TEST_P(ReloadedNamespaces, ThatComeBackBeginAnew) {
  const std::string both = served("room", "tally") + served("other", "echo");
  RollingServer rolling({.namespaces = both, .plugins = kit::shipped_plugins()});
  Guest alice(rolling.url());
  EXPECT_EQ(alice.ask("add", "40"), "40");
  rolling.reload(served("other", "echo"));
  rolling.control().wait_until([&] { return rolling.control().ns("room").is_null(); });
  rolling.reload(both);
  Guest bob(rolling.url());
  EXPECT_EQ(bob.ask("get"), "0");  // what it stored went with it
  EXPECT_EQ(alice.client.connect("room").ask("add", "2"), "2");
}

TEST_P(ReloadedNamespaces, GetSmallerAndLargerMessages) {
  RollingServer rolling(serving(served("room", "mover_1")));
  const auto limit = [](int bytes) {
    return served("room", "mover_1", "max_message_bytes = " + std::to_string(bytes));
  };
  const auto arrives = [&](std::size_t bytes) {
    Guest guest(rolling.url());
    return guest.place.try_ask("seq", std::string(bytes, '1')).status != client::Status::kClosed;
  };
  EXPECT_TRUE(arrives(60'000));
  EXPECT_FALSE(arrives(70'000));
  rolling.reload(limit(1000));
  EXPECT_FALSE(arrives(2000));
  EXPECT_TRUE(arrives(500));
  // More than any namespace took when the server started.
  rolling.reload(limit(1'000'000));
  EXPECT_TRUE(arrives(900'000));
  EXPECT_FALSE(arrives(1'100'000));
}

TEST_P(ReloadedNamespaces, KeepTheMembersWhoseLimitsChange) {
  RollingServer rolling(serving(served("room", "mover_1")));
  Guest alice(rolling.url());
  alice.ask("count");
  rolling.reload(served("room", "mover_1", "max_message_bytes = 200000\nask_timeout_ms = 500"));
  EXPECT_EQ(alice.ask("count"), "2");
  EXPECT_EQ(alice.story(), kUndisturbed);
  EXPECT_NE(alice.place.try_ask("seq", std::string(150'000, '1')).status, client::Status::kClosed);
}

}  // namespace
}  // namespace stoa::behaviour
