// Several namespaces on one connection: who comes when.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "routing/outbox.h"

namespace stoa::routing {
namespace {

using wire::Frame;
using wire::Opcode;
using Texts = std::vector<std::string>;

constexpr Flow kAll = Flow::kConnection;
constexpr Flow kFlood{1};
constexpr Flow kNews{2};
constexpr std::size_t kBatch = 64 * 1024;

// The payloads of the frames in a batch.
Texts texts_of(std::string_view batch) {
  Texts texts;
  while (!batch.empty()) {
    const auto byte = [&](std::size_t at) { return std::size_t{static_cast<uint8_t>(batch[at])}; };
    const bool is_long = byte(1) == 126;
    const std::size_t header = is_long ? 4 : 2;
    const std::size_t size = is_long ? byte(2) << 8 | byte(3) : byte(1);
    texts.emplace_back(batch.substr(header, size));
    batch.remove_prefix(header + size);
  }
  return texts;
}

class Flows : public testing::Test {
 protected:
  void say(Flow flow, std::string_view text) { outbox.push(flow, Opcode::kText, text, {}); }
  void share(Flow flow, std::string_view text) {
    outbox.push(flow, Frame::of(Opcode::kText, text));
  }

  // Frames of 1 KB, in all so many, that begin with the flow's number.
  void flood(Flow flow, int kilobytes) {
    const std::string text = std::to_string(static_cast<int>(flow)) + std::string(1020, ' ');
    for (int i = 0; i < kilobytes; ++i) share(flow, text);
  }

  std::string batch(std::size_t limit = kBatch) {
    std::string bytes;
    outbox.gather(bytes, limit, weights);
    return bytes;
  }
  Texts next(std::size_t limit = kBatch) { return texts_of(batch(limit)); }
  // How many of the next frames are of each flow.
  std::map<std::string, int> count(std::size_t limit) {
    std::map<std::string, int> counts;
    for (const std::string& text : next(limit)) ++counts[text.substr(0, 1)];
    return counts;
  }

  Outbox outbox;
  Weights weights;
};

TEST_F(Flows, GoOutAsTheyCameWhileAllOfThemFit) {
  say(kFlood, "one");
  share(kNews, "two");
  say(kFlood, "three");
  say(kAll, "four");
  say(kNews, "five");
  EXPECT_EQ(next(), (Texts{"one", "two", "three", "four", "five"}));
  EXPECT_TRUE(outbox.empty());
}

TEST_F(Flows, OneThatSaysLittleOvertakesAFlood) {
  flood(kFlood, 500);
  say(kNews, "news");
  const Texts first = next();
  EXPECT_LE(std::find(first.begin(), first.end(), "news") - first.begin(), 1);
  flood(kFlood, 100);
  say(kNews, "more news");
  EXPECT_EQ(next()[0], "more news");
}

TEST_F(Flows, ShareByTheirWeights) {
  weights.set(kFlood, 5);
  weights.set(kNews, 20);
  flood(kFlood, 1000);
  flood(kNews, 1000);
  EXPECT_EQ(count(500 * 1024), (std::map<std::string, int>{{"1", 100}, {"2", 400}}));
  weights.set(kNews, 5);
  const auto then = count(500 * 1024);
  EXPECT_NEAR(then.at("1"), 250, 2);
  EXPECT_NEAR(then.at("2"), 250, 2);
}

TEST_F(Flows, ShareBytesNotFrames) {
  const std::string large = "1" + std::string(10'000, ' ');
  for (int i = 0; i < 100; ++i) share(kFlood, large);
  for (int i = 0; i < 10'000; ++i) say(kNews, "2" + std::string(98, ' '));
  const auto counts = count(500'000);
  EXPECT_NEAR(counts.at("1"), 25, 2);
  EXPECT_NEAR(counts.at("2"), 2500, 200);
}

TEST_F(Flows, OneThatWasSilentHasSavedNothing) {
  flood(kFlood, 1000);
  say(kNews, "2");
  EXPECT_EQ(count(500 * 1024).at("2"), 1);
  flood(kNews, 500);
  EXPECT_NEAR(count(200 * 1024).at("2"), 100, 2);
}

TEST_F(Flows, TheConnectionsOwnGoesFirst) {
  flood(kFlood, 500);
  flood(kNews, 500);
  next();
  share(kAll, "bad namespace" + std::string(5'000, '!'));
  say(kAll, "and again");
  EXPECT_EQ(next()[1], "and again");
}

TEST_F(Flows, ABarrierHoldsItsOwnOnly) {
  say(kNews, "connected");
  outbox.push_barrier(kNews);
  say(kNews, "held");
  say(kFlood, "free");
  EXPECT_EQ(next(), (Texts{"connected", "free", "1"}));
  EXPECT_FALSE(outbox.ready());
  EXPECT_FALSE(outbox.empty());
  share(kFlood, "free too");
  EXPECT_TRUE(outbox.ready());
  EXPECT_EQ(next(), (Texts{"free too"}));
  say(kNews, "held too");
  EXPECT_EQ(next(), (Texts{}));
  EXPECT_FALSE(outbox.ready());
  EXPECT_TRUE(outbox.pong("1"));
  EXPECT_EQ(next(), (Texts{"held", "held too"}));
  EXPECT_TRUE(outbox.empty());
}

TEST_F(Flows, ABarrierWhosePingIsOnItsWayIsThereStillWhenOthersCome) {
  outbox.push_barrier(kNews);
  say(kNews, "held");
  EXPECT_EQ(next(), (Texts{"1"}));
  say(kFlood, "free");
  EXPECT_TRUE(outbox.ready());
  EXPECT_EQ(next(), (Texts{"free"}));
  EXPECT_TRUE(outbox.pong("1"));
  EXPECT_EQ(next(), (Texts{"held"}));
}

TEST_F(Flows, TheConnectionsBarrierHoldsAll) {
  say(kAll, "accepted");
  const uint32_t barrier = outbox.push_barrier(kAll);
  flood(kFlood, 100);
  say(kNews, "news");
  EXPECT_EQ(next(), (Texts{"accepted", "1"}));
  EXPECT_FALSE(outbox.ready());
  say(kAll, "bad namespace");
  EXPECT_EQ(next(), (Texts{}));
  outbox.confirm(barrier);
  EXPECT_EQ(next()[0], "bad namespace");
}

TEST_F(Flows, ABarrierWithNothingBehindItOutlastsAFlood) {
  say(kNews, "connected");
  outbox.push_barrier(kNews);
  EXPECT_EQ(next(), (Texts{"connected"}));
  flood(kFlood, 100);
  while (!outbox.empty()) next();
  say(kNews, "held");
  EXPECT_EQ(next(), (Texts{"1"}));
  EXPECT_TRUE(outbox.pong("1"));
  EXPECT_EQ(next(), (Texts{"held"}));
}

// Of several, some clients answer only the first, and others only the last.
TEST_F(Flows, HaveOnePingOnItsWayAtATime) {
  const auto connect = [&](Flow flow) {
    say(flow, "connected");
    outbox.push_barrier(flow);
    say(flow, "held by " + std::to_string(static_cast<int>(flow)));
  };
  connect(kNews);
  EXPECT_EQ(next(), (Texts{"connected", "1"}));
  connect(kFlood);
  EXPECT_EQ(next(), (Texts{"connected"}));
  EXPECT_FALSE(outbox.ready());
  EXPECT_FALSE(outbox.pong("2"));
  EXPECT_TRUE(outbox.pong("1"));
  EXPECT_EQ(next(), (Texts{"held by 2", "2"}));
  EXPECT_FALSE(outbox.pong("1"));
  EXPECT_TRUE(outbox.pong("2"));
  EXPECT_EQ(next(), (Texts{"held by 1"}));
}

TEST_F(Flows, ShareThePingOfThoseThatAreHeldTogether) {
  for (const Flow flow : {kNews, kFlood}) {
    outbox.push_barrier(flow);
    say(flow, "held");
  }
  EXPECT_EQ(next(), (Texts{"1"}));
  EXPECT_TRUE(outbox.pong("1"));
  EXPECT_EQ(next(), (Texts{"held", "held"}));
}

TEST_F(Flows, DoNotWaitForThePongOfABarrierThatIsLifted) {
  const uint32_t barrier = outbox.push_barrier(kNews);
  say(kNews, "news");
  EXPECT_EQ(next(), (Texts{"1"}));
  outbox.confirm(barrier);
  outbox.push_barrier(kFlood);
  say(kFlood, "flood");
  EXPECT_EQ(next(), (Texts{"news", "2"}));
  EXPECT_FALSE(outbox.pong("1"));
  EXPECT_TRUE(outbox.pong("2"));
  EXPECT_EQ(next(), (Texts{"flood"}));
}

TEST_F(Flows, AreForgottenTogether) {
  flood(kFlood, 100);
  flood(kNews, 100);
  outbox.push_barrier(kNews);
  next();
  outbox.clear();
  EXPECT_TRUE(outbox.empty());
  EXPECT_FALSE(outbox.ready());
  say(kNews, "news");
  EXPECT_EQ(next(), (Texts{"news"}));
}

// Whatever is said, held, lifted and gathered, in whatever order.
TEST_F(Flows, KeepTheirOrderAndLoseNothing) {
  constexpr int kFlows = 4;
  std::minstd_rand random(1);
  std::map<std::string, std::deque<std::string>> expected;
  std::size_t seen = 0;
  const auto look = [&] {
    for (const std::string& text : next(1 + random() % kBatch)) {
      if (text.size() < 10) {
        outbox.pong(text);
        continue;
      }
      auto& line = expected[text.substr(0, 1)];
      ASSERT_FALSE(line.empty());
      ASSERT_EQ(text, line.front());
      line.pop_front();
      ++seen;
    }
  };
  constexpr int kFrames = 20'000;
  for (int i = 0; i < kFrames; ++i) {
    const Flow flow{static_cast<uint16_t>(random() % kFlows)};
    std::string text = std::to_string(static_cast<int>(flow)) + ' ' + std::to_string(i);
    text.resize(10 + random() % (i % 10 == 0 ? 9'000 : 100), 'x');
    expected[text.substr(0, 1)].push_back(text);
    random() % 2 == 0 ? say(flow, text) : share(flow, text);
    if (random() % 50 == 0) outbox.push_barrier(flow);
    if (random() % 60 == 0) look();
  }
  while (!outbox.empty()) look();
  EXPECT_EQ(seen, kFrames);
}

}  // namespace
}  // namespace stoa::routing
