#include "rollout/history.h"

#include <gtest/gtest.h>

namespace stoa::rollout {
namespace {

Wanted ns(const std::string& name, const std::string& stable) {
  Wanted wanted;
  wanted.spec.name = name;
  wanted.stable = stable;
  return wanted;
}

Rollout rollout(uint64_t number, Scene scene) {
  return {.number = number, .time = {}, .by = "", .ns = "", .text = "", .scene = std::move(scene)};
}

TEST(History, KnowsHowANamespaceWasAfterEachRollout) {
  History history(10);
  history.add(rollout(1, {ns("a", "v1"), ns("b", "v1")}));
  history.add(rollout(2, {ns("a", "v2")}));
  history.add(rollout(3, {ns("b", "v2")}));
  EXPECT_EQ(history.last_number(), 3);
  EXPECT_EQ(history.state("a", 1)->stable, "v1");
  EXPECT_EQ(history.state("a", 3)->stable, "v2");
  EXPECT_EQ(history.state("b", 2)->stable, "v1");
  EXPECT_EQ(history.state("b", 4), nullptr);
  EXPECT_EQ(history.state("c", 3), nullptr);
}

TEST(History, ForgetsTheOldestButNotWhatItSaysOfOthers) {
  History history(2);
  history.add(rollout(1, {ns("a", "v1"), ns("b", "v1")}));
  history.add(rollout(2, {ns("a", "v2")}));
  history.add(rollout(3, {ns("a", "v3")}));
  EXPECT_EQ(history.all().size(), 2U);
  EXPECT_EQ(history.state("a", 1), nullptr);
  EXPECT_EQ(history.state("a", 2)->stable, "v2");
  EXPECT_EQ(history.state("b", 2)->stable, "v1");
}

TEST(History, KnowsHowAllWereLast) {
  History history(10);
  history.add(rollout(1, {ns("a", "v1"), ns("b", "v1")}));
  history.add(rollout(2, {ns("a", "v2")}));
  const Scene last = history.last_scene();
  ASSERT_EQ(last.size(), 2U);
  EXPECT_EQ(find(last, "a")->stable, "v2");
  EXPECT_EQ(find(last, "b")->stable, "v1");
}

TEST(History, TakesWhatIsNewOfANamespaceThatNoStepChanged) {
  History history(10);
  history.add(rollout(1, {ns("a", "v1"), ns("b", "v1")}));
  history.add(rollout(2, {ns("b", "v2")}));
  Wanted a = ns("a", "v1");
  a.note = "new";
  Wanted b = ns("b", "v1");
  b.note = "how it was before the last rollout";
  history.amend(a);
  history.amend(b);
  EXPECT_EQ(history.state("a", 2)->note, "new");
  EXPECT_EQ(history.state("b", 1)->note, "");
  EXPECT_EQ(history.state("b", 2)->note, "");
}

Rollout removal(uint64_t number, const std::string& ns) {
  Rollout one = rollout(number, {});
  one.removed = {ns};
  return one;
}

TEST(History, KnowsThatANamespaceWasTakenAway) {
  History history(10);
  history.add(rollout(1, {ns("a", "v1"), ns("b", "v1")}));
  history.add(removal(2, "a"));
  EXPECT_EQ(find(history.last_scene(), "a"), nullptr);
  EXPECT_EQ(history.state("a", 1)->stable, "v1");
  EXPECT_EQ(history.state("a", 2), nullptr);
  history.add(rollout(3, {ns("a", "v2")}));
  EXPECT_EQ(history.last_scene().size(), 2U);
  EXPECT_EQ(history.state("a", 3)->stable, "v2");
}

TEST(History, ForgetsANamespaceThatWasTakenAway) {
  History history(2);
  history.add(rollout(1, {ns("a", "v1"), ns("b", "v1")}));
  history.add(removal(2, "a"));
  history.add(rollout(3, {ns("b", "v2")}));
  EXPECT_EQ(history.last_scene().size(), 1U);
  EXPECT_EQ(history.state("a", 3), nullptr);
}

}  // namespace
}  // namespace stoa::rollout
