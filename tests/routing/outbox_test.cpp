#include "routing/outbox.h"

#include <gtest/gtest.h>

#include <string>

namespace stoa::routing {
namespace {

using wire::Frame;
using wire::Opcode;

constexpr std::size_t kNoLimit = 1'000'000;
constexpr Flow kChat{1};

void say(Outbox& outbox, std::string_view text) {
  outbox.push(kChat, Opcode::kText, text.substr(0, 1), text.substr(1));
}

void share(Outbox& outbox, std::string_view text) {
  outbox.push(kChat, Frame::of(Opcode::kText, text));
}

std::string framed(std::string_view text) {
  return std::string(Frame::of(Opcode::kText, text).bytes());
}

std::string ping(std::string_view payload) {
  return std::string(Frame::of(Opcode::kPing, payload).bytes());
}

std::string gathered(Outbox& outbox, std::size_t limit = kNoLimit) {
  static const Weights weights;
  std::string batch;
  outbox.gather(batch, limit, weights);
  return batch;
}

TEST(Outbox, KeepsTheOrderOfItsOwnAndOfSharedFrames) {
  Outbox outbox;
  say(outbox, "one");
  say(outbox, "two");
  share(outbox, "three");
  say(outbox, "four");
  const std::string all = framed("one") + framed("two") + framed("three") + framed("four");
  EXPECT_EQ(outbox.bytes(), all.size());
  EXPECT_TRUE(outbox.ready());
  EXPECT_EQ(gathered(outbox), all);
  EXPECT_EQ(outbox.bytes(), 0u);
  EXPECT_TRUE(outbox.empty());
  EXPECT_EQ(gathered(outbox), "");
}

TEST(Outbox, GivesWholeFramesPartByPart) {
  Outbox outbox;
  std::string all;
  for (int i = 0; i < 2'000; ++i) {
    const std::string text =
        "number " + std::to_string(i) + std::string(i % 7 == 0 ? 5'000 : 20, 'x');
    if (i % 5 == 0) {
      share(outbox, text);
    } else {
      say(outbox, text);
    }
    all += framed(text);
  }
  std::string parts;
  for (std::string part = gathered(outbox, 1'000); !part.empty(); part = gathered(outbox, 1'000)) {
    parts += part;
    ASSERT_EQ(outbox.bytes(), all.size() - parts.size());
    // What comes meanwhile goes behind.
    if (all.size() < 3'000'000) {
      say(outbox, "late");
      all += framed("late");
    }
  }
  EXPECT_EQ(parts, all);
  EXPECT_TRUE(outbox.empty());
}

TEST(Outbox, HoldsWhatIsBehindABarrierUntilThePong) {
  Outbox outbox;
  say(outbox, "answer");
  outbox.push_barrier(kChat);
  EXPECT_EQ(gathered(outbox), framed("answer"));  // nothing is behind it yet: no ping
  EXPECT_TRUE(outbox.empty());

  say(outbox, "next");
  share(outbox, "and more");
  EXPECT_EQ(gathered(outbox), ping("1"));
  EXPECT_FALSE(outbox.ready());
  EXPECT_FALSE(outbox.pong("2"));
  EXPECT_EQ(gathered(outbox), "");
  EXPECT_TRUE(outbox.pong("1"));
  EXPECT_EQ(gathered(outbox), framed("next") + framed("and more"));
}

TEST(Outbox, ABarrierThatWasConfirmedHoldsNothing) {
  Outbox outbox;
  say(outbox, "answer");
  const uint32_t first = outbox.push_barrier(kChat);
  say(outbox, "held");
  const uint32_t second = outbox.push_barrier(kChat);
  say(outbox, "last");
  outbox.confirm(second);
  EXPECT_EQ(gathered(outbox), framed("answer") + ping("1"));
  outbox.confirm(first);
  EXPECT_FALSE(outbox.pong("1"));  // too late: nobody waits for it
  EXPECT_EQ(gathered(outbox), framed("held") + framed("last"));
}

TEST(Outbox, ForgetsEverything) {
  Outbox outbox;
  say(outbox, "one");
  outbox.push_barrier(kChat);
  share(outbox, "two");
  outbox.clear();
  EXPECT_TRUE(outbox.empty());
  EXPECT_EQ(outbox.bytes(), 0u);
  say(outbox, "three");
  EXPECT_EQ(gathered(outbox), framed("three"));
}

}  // namespace
}  // namespace stoa::routing
