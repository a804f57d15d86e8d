#include "rollout/ways.h"

#include <gtest/gtest.h>

#include <string>

namespace stoa::rollout {
namespace {

using manifest::Departure;
constexpr Departure kStay = Departure::kStay;
constexpr Departure kMove = Departure::kMove;
constexpr Departure kReconnect = Departure::kReconnect;

std::string in_words(const Ways& ways) {
  std::string text = ways.first ? "move those that can, " : "";
  if (ways.stay) text += "stay, ";
  return text + (ways.last.move ? "move" : "reconnect");
}

TEST(Ways, AreTriedInTheOrderOfTheManifest) {
  EXPECT_EQ(in_words(ways_of({kMove, kReconnect}, true)), "move");
  EXPECT_EQ(in_words(ways_of({kReconnect, kMove}, true)), "reconnect");
  EXPECT_EQ(in_words(ways_of({kReconnect, kStay}, true)), "reconnect");
  EXPECT_EQ(in_words(ways_of({kStay}, true)), "stay, reconnect");
  EXPECT_EQ(in_words(ways_of({kStay, kMove}, true)), "stay, move");
  EXPECT_EQ(in_words(ways_of({kMove, kStay}, true)), "move those that can, stay, reconnect");
  EXPECT_EQ(in_words(ways_of({kMove, kReconnect, kStay}, true)), "move");
}

TEST(Ways, NobodyStaysWhereNobodyMay) {
  EXPECT_EQ(in_words(ways_of({kStay, kMove}, false)), "move");
  EXPECT_EQ(in_words(ways_of({kMove, kStay}, false)), "move");
  EXPECT_EQ(in_words(ways_of({kStay}, false)), "reconnect");
}

}  // namespace
}  // namespace stoa::rollout
