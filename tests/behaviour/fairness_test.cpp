// Several namespaces on one connection: a client that does not read for a while, and then does.
#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "rollout.h"

namespace stoa::behaviour {
namespace {

constexpr int kWords = 8'000;

class Fairness : public testing::TestWithParam<uint32_t> {
 protected:
  static std::string weighing(int flood, int news) {
    return served("flood", "probe", "send_weight = " + std::to_string(flood)) +
           served("news", "probe", "send_weight = " + std::to_string(news)) +
           served("late", "probe");
  }

  // The reader is in two namespaces, and has read all so far, so that nothing is held back for it.
  void enter() {
    reader = std::make_unique<kit::RawSocket>(rolling.server().port(), kReceiveBuffer);
    id_ = reader->acknowledge("/?push=1");
    for (const char* const ns : {"flood", "news"}) {
      reader->send_text("$in;" + std::string(ns) + ";;_OnNamespaceConnect;0;0;");
      EXPECT_EQ(reader->receive_message(), "$in;;;;;;");
      EXPECT_EQ(reader->receive_message(), ";" + std::string(ns) + ";;pushed;0;0;0");
    }
  }

  // So many messages of 250 bytes, with numbers, wait for the reader or are in the kernel's hands.
  void say(const std::string& ns, int count) {
    const Json what = {{"id", id_}, {"event", std::string(220, 'e')}, {"count", count}};
    EXPECT_EQ(other(ns).ask("emit", what.dump()), R"({"status":0})");
    // Its worker says so behind all that, and at once: the reader is in no room.
    const Json behind = {{"id", id_}, {"room", "nowhere"}};
    EXPECT_EQ(Json::parse(other(ns).ask("leave", behind.dump()))["status"], 0);
  }

  // What happened to the reader in this namespace, as its plugin saw it.
  bool happened(const std::string& ns, const std::string& event) {
    const Json journal = Json::parse(other(ns).ask("journal", id_));
    return std::ranges::any_of(
        journal, [&](const Json& entry) { return entry["ns"] == ns && entry["event"] == event; });
  }

  // Reads one of these messages, and returns its namespace: none is missing or out of its order.
  std::string read() {
    const std::string message = reader->receive_message();
    const std::string ns = message.substr(1, message.find(';', 1) - 1);
    EXPECT_EQ(message.substr(message.rfind(';') + 1), std::to_string(seen[ns]++)) << ns;
    return ns;
  }
  // Reads until there was one of "news", then so many of both; returns how many of these were news.
  int news_among(int count) {
    while (seen["news"] == 0 && !HasFailure()) read();
    int news = 0;
    for (int i = 0; i < count; ++i) news += read() == "news" ? 1 : 0;
    return news;
  }
  // Reads the rest.
  void expect(int flood, int news) {
    while (seen["flood"] + seen["news"] < flood + news && !HasFailure()) read();
    EXPECT_EQ(seen["flood"], flood);
    EXPECT_EQ(seen["news"], news);
  }

  RollingServer rolling{{.namespaces = weighing(10, 10),
                         .server = "send_queue_bytes = 16777216\n",
                         .workers = GetParam()}};
  std::unique_ptr<kit::RawSocket> reader;
  std::map<std::string, int> seen;

 private:
  static constexpr int kReceiveBuffer = 4096;

  // Who makes the plugin speak.
  kit::Place& other(const std::string& ns) {
    auto& guest = others_[ns];
    if (!guest) guest = std::make_unique<Guest>(rolling.url(), ns);
    return guest->place;
  }

  std::string id_;
  std::map<std::string, std::unique_ptr<Guest>> others_;
};
STOA_WITH_WORKERS(Fairness);

TEST_P(Fairness, OneNotificationOvertakesAFlood) {
  enter();
  say("flood", kWords);
  say("news", 1);
  while (seen["news"] == 0 && seen["flood"] < kWords) read();
  EXPECT_LT(seen["flood"], kWords / 3);
  expect(kWords, 1);
}

TEST_P(Fairness, FloodsShareByTheirWeights) {
  rolling.reload(weighing(10, 30));
  enter();
  say("flood", kWords);
  say("news", kWords);
  EXPECT_NEAR(news_among(4'000), 3'000, 200);
  expect(kWords, kWords);
}

TEST_P(Fairness, ANewWeightCountsForWhatWaitsAlready) {
  rolling.reload(weighing(10, 30));
  enter();
  say("flood", kWords);
  say("news", kWords);
  rolling.reload(weighing(30, 10));
  EXPECT_NEAR(news_among(4'000), 1'000, 200);
  expect(kWords, kWords);
}

// Of the namespace that it comes into the client hears first that it is in, then the rest.
TEST_P(Fairness, WhoComesInMeanwhileHearsOfItFirst) {
  enter();
  say("flood", kWords);
  reader->send_text("$late;late;;_OnNamespaceConnect;0;0;");
  while (!happened("late", "connected")) continue;  // the test's own time limit ends this
  std::vector<std::string> late;
  int flood = 0;
  while (late.size() < 2 && !HasFailure()) {
    const std::string message = reader->receive_message();
    message.starts_with(";flood;") ? static_cast<void>(++flood) : late.push_back(message);
  }
  EXPECT_EQ(late, (std::vector<std::string>{"$late;;;;;;", ";late;;pushed;0;0;0"}));
  EXPECT_LT(flood, kWords / 2);
}

}  // namespace
}  // namespace stoa::behaviour
