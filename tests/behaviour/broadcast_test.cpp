// Sending to many: each of them once, in order, and nobody else.
#include "session.h"

namespace stoa::behaviour {
namespace {

using Broadcast = Probed;
STOA_WITH_WORKERS(Broadcast);

// Several clients in the namespace, and in the room "lobby" of it. With more than one worker they
// are spread over them.
class Audience {
 public:
  Audience(const std::string& url, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) {
      clients_.push_back(std::make_unique<ProbeClient>(url));
      clients_.back()->probe().join("lobby");
    }
  }

  ProbeClient& operator[](std::size_t i) { return *clients_[i]; }
  [[nodiscard]] std::size_t size() const { return clients_.size(); }

  // Everybody hears `event` with `body` next, but for the one at `except`, who hears the event
  // "marker" that was sent after it, and not this.
  void expect(std::string_view event, std::string_view body, std::size_t except) {
    for (std::size_t i = 0; i < size(); ++i) {
      if (i != except) {
        EXPECT_EQ(clients_[i]->wait_for(event).body, body) << i;
      }
      clients_[i]->wait_for("marker");
      EXPECT_FALSE(clients_[i]->events().has(event)) << i << " heard it too often";
    }
  }

 private:
  std::vector<std::unique_ptr<ProbeClient>> clients_;
};

constexpr std::size_t kNobody = SIZE_MAX;

void send_marker(ProbeClient& from) {
  from.command("emit", {{"to", "namespace"}, {"event", "marker"}});
}

TEST_P(Broadcast, ReachesEverybodyOnce) {
  Audience all(url(), 10);
  all[3].command("emit", {{"to", "namespace"}, {"event", "news"}, {"body", "hi"}});
  send_marker(all[3]);
  all.expect("news", "hi", kNobody);
}

TEST_P(Broadcast, ExceptsTheOneItShould) {
  Audience all(url(), 10);
  all[3].command("emit",
                 {{"to", "namespace"}, {"event", "news"}, {"body", "hi"}, {"except_me", true}});
  send_marker(all[3]);
  all.expect("news", "hi", 3);
}

TEST_P(Broadcast, OnlyReachesTheOneItShould) {
  Audience all(url(), 10);
  all[3].command("emit", {{"to", "namespace"}, {"event", "news"}, {"only_id", all[7]->id()}});
  send_marker(all[3]);
  EXPECT_EQ(all[7].wait_for("news").room, "");
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].wait_for("marker");
    EXPECT_FALSE(all[i].events().has("news")) << i;
  }
}

TEST_P(Broadcast, ToARoomReachesItsMembersOnly) {
  Audience all(url(), 10);
  kit::Place(all[5], "probe", "lobby").leave();
  all[3].command("emit", {{"to", "room"}, {"room", "lobby"}, {"event", "news"}, {"body", "hi"}});
  send_marker(all[3]);
  all.expect("news", "hi", 5);
}

TEST_P(Broadcast, ToOtherNamespacesIsNotHeard) {
  Audience all(url(), 4);
  all[0].connect("other");
  all[0].command("emit", {{"to", "namespace"}, {"event", "news"}});
  send_marker(all[0]);
  EXPECT_EQ(all[0].wait_for("news").ns, "probe");
  all[0].wait_for("marker");
  EXPECT_FALSE(all[0].events().has("news"));
}

TEST_P(Broadcast, KeepsItsOrderAndLosesNothing) {
  constexpr int kCount = 500;
  Audience all(url(), 6);
  all[0].command("emit", {{"to", "room"}, {"room", "lobby"}, {"event", "news"}, {"count", kCount}});
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (int n = 0; n < kCount; ++n)
      ASSERT_EQ(all[i].wait_for("news").body, std::to_string(n)) << i;
  }
}

TEST_P(Broadcast, FromAThreadOfThePluginKeepsItsOrderToo) {
  constexpr int kCount = 500;
  Audience all(url(), 6);
  all[0].command("emit",
                 {{"to", "namespace"}, {"event", "news"}, {"count", kCount}, {"thread", true}});
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (int n = 0; n < kCount; ++n)
      ASSERT_EQ(all[i].wait_for("news").body, std::to_string(n)) << i;
  }
}

TEST_P(Broadcast, FromManyAtOnceIsCompleteAndOrderedBySender) {
  constexpr int kCount = 100;
  Audience all(url(), 6);
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].probe().emit("emit", Json{{"to", "room"},
                                     {"room", "lobby"},
                                     {"event", "from " + std::to_string(i)},
                                     {"count", kCount}}
                                    .dump());
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t from = 0; from < all.size(); ++from) {
      for (int n = 0; n < kCount; ++n) {
        ASSERT_EQ(all[i].wait_for("from " + std::to_string(from)).body, std::to_string(n));
      }
    }
  }
}

TEST_P(Broadcast, BinaryStaysBinary) {
  Audience all(url(), 3);
  all[0].command("emit", {{"to", "namespace"}, {"event", "news"}, {"body", "b"}, {"binary", true}});
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_TRUE(all[i].wait_for("news").binary);
}

TEST_P(Broadcast, ToARoomWithoutMembersIsFine) {
  ProbeClient alice(url());
  const Json answer = alice.command("emit", {{"to", "room"}, {"room", "nowhere"}});
  EXPECT_EQ(answer.at("status"), 0);
}

TEST_P(Broadcast, OfAPreparedMessageIsTheSameToEverybody) {
  ProbeClient alice(url());
  ProbeClient bob(url());
  for (ProbeClient* who : {&alice, &bob}) who->probe().join("r");
  const Json done = alice.command(
      "prepared", {{"to", "room"}, {"room", "r"}, {"event", "news"}, {"body", "b"}, {"count", 3}});
  const bool heard = !kit::in_processes();
  EXPECT_EQ(done, Json({{"sent", 3}, {"elsewhere", heard ? -1 : 0}, {"after", heard ? -2 : 0}}));
  for (ProbeClient* who : {&alice, &bob}) {
    for (int i = 0; i < 3; ++i) {
      const kit::Event news = who->wait_for("news");
      EXPECT_EQ(news.room, "r");
      EXPECT_EQ(news.body, "b");
    }
  }
  const Json alone = alice.command("prepared", {{"room", "r"}, {"event", "hint"}});
  EXPECT_EQ(alone.value("sent", 0), 1);
  EXPECT_EQ(alice.wait_for("hint").room, "r");
}

}  // namespace
}  // namespace stoa::behaviour
