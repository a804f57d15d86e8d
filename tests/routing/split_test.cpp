// Who of ten thousand gets which version.
#include "routing/split.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "report/log.h"
#include "routing/router.h"

namespace stoa::routing {
namespace {

constexpr int kUsers = 10'000;

// A namespace of a router whose loops do not run.
class SplitOf : public testing::Test {
 protected:
  SplitOf() : router({}, 1, log), ns(*router.add("chat")) {
    const auto library = plugin::Library::load(STOA_FIXTURES, "good_1");
    for (const char* name : {"v1", "v2", "v3"}) {
      versions[name] = std::make_shared<Version>(ns, name, versions.size() + 1, library, "{}",
                                                 manifest::Run::kLoop);
    }
  }

  using Weights = std::vector<std::pair<std::string, uint32_t>>;
  [[nodiscard]] Split split(const Weights& weights) const {
    std::vector<Share> shares;
    for (const auto& [name, weight] : weights) shares.push_back({versions.at(name), weight, {}});
    return {std::move(shares), versions.at("v1"), {}};
  }

  static Facts user(int number) { return {.user = "user-" + std::to_string(number)}; }
  // The name of the version that the newcomer gets.
  static std::string of(const Split& split, const Facts& newcomer) {
    const Version* const chosen = split.choose("chat", newcomer);
    return chosen ? chosen->name() : "nobody";
  }
  static std::map<std::string, int> count(const Split& split) {
    std::map<std::string, int> counts;
    for (int i = 0; i < kUsers; ++i) ++counts[of(split, user(i))];
    return counts;
  }
  // By "FROM to TO", the users that get another version.
  static std::map<std::string, int> moves(const Split& before, const Split& after) {
    std::map<std::string, int> counts;
    for (int i = 0; i < kUsers; ++i) {
      const std::string from = of(before, user(i));
      const std::string to = of(after, user(i));
      if (from != to) ++counts[from + " to " + to];
    }
    return counts;
  }

  void expect_within_a_point(const Weights& weights) {
    const auto counts = count(split(weights));
    for (const auto& [name, weight] : weights) {
      const double percent = counts.at(name) * 100.0 / kUsers;
      EXPECT_LE(std::abs(percent - weight), 1) << name << " has " << percent << " of " << weight;
    }
  }

  report::Log log{report::Level::kWarn};
  Router router;
  Namespace& ns;
  std::map<std::string, std::shared_ptr<Version>> versions;
};

TEST_F(SplitOf, ManyIsAsTheWeightsSay) {
  expect_within_a_point({{"v1", 95}, {"v2", 5}});
  expect_within_a_point({{"v1", 50}, {"v2", 50}});
  expect_within_a_point({{"v1", 60}, {"v2", 30}, {"v3", 10}});
}

TEST_F(SplitOf, OneUserIsTheSameVersionWheneverAsked) {
  const Split forwards = split({{"v1", 50}, {"v2", 30}, {"v3", 20}});
  const Split other_order = split({{"v3", 20}, {"v1", 50}, {"v2", 30}});
  std::vector<std::string> first;
  for (int i = 0; i < 1000; ++i) first.push_back(of(forwards, user(i)));
  for (int i = 999; i >= 0; --i) {
    EXPECT_EQ(of(forwards, user(i)), first[static_cast<std::size_t>(i)]) << i;
    EXPECT_EQ(of(other_order, user(i)), first[static_cast<std::size_t>(i)]) << i;
  }
}

// These went to these versions when this was written: so they do after a restart, and after an
// update of the server.
TEST_F(SplitOf, OneUserIsTheSameVersionInEveryProcess) {
  const Split split = this->split({{"v1", 50}, {"v2", 50}});
  std::string versions_of_ten;
  for (int i = 0; i < 10; ++i) versions_of_ten += of(split, user(i)) + " ";
  EXPECT_EQ(versions_of_ten, "v2 v2 v2 v2 v1 v1 v1 v1 v2 v1 ");
}

TEST_F(SplitOf, WithoutAUserGoesByTheConnectionsId) {
  const Split split = this->split({{"v1", 50}, {"v2", 50}});
  for (int i = 0; i < 100; ++i) {
    const std::string name = "user-" + std::to_string(i);
    EXPECT_EQ(of(split, {.id = name}), of(split, {.id = "some-id", .user = name}));
  }
}

TEST_F(SplitOf, AnotherNamespaceIsAnotherOne) {
  const Split split = this->split({{"v1", 50}, {"v2", 50}});
  int differ = 0;
  for (int i = 0; i < 1000; ++i) {
    if (split.choose("chat", user(i)) != split.choose("games", user(i))) ++differ;
  }
  EXPECT_NEAR(differ, 500, 60);
}

TEST_F(SplitOf, AVersionThatGrowsTakesFromTheOthersOnly) {
  const auto moved = moves(split({{"v1", 95}, {"v2", 5}}), split({{"v1", 80}, {"v2", 20}}));
  ASSERT_EQ(moved.size(), 1u);
  EXPECT_EQ(moved.begin()->first, "v1 to v2");
  EXPECT_NEAR(moved.begin()->second, kUsers * 15 / 100, kUsers / 100);
}

// The others share what is left as before, so that none of them takes from another one.
TEST_F(SplitOf, ManyMovesNobodyBetweenThoseThatGiveInProportion) {
  const auto moved = moves(split({{"v1", 60}, {"v2", 20}, {"v3", 20}}),
                           split({{"v1", 30}, {"v2", 60}, {"v3", 10}}));
  ASSERT_EQ(moved.size(), 2u);
  EXPECT_NEAR(moved.at("v1 to v2"), kUsers * 30 / 100, kUsers / 100);
  EXPECT_NEAR(moved.at("v3 to v2"), kUsers * 10 / 100, kUsers / 100);
}

TEST_F(SplitOf, AVersionThatShrinksGetsNobody) {
  const auto moved = moves(split({{"v1", 80}, {"v2", 20}}), split({{"v1", 95}, {"v2", 5}}));
  ASSERT_EQ(moved.size(), 1u);
  EXPECT_EQ(moved.begin()->first, "v2 to v1");
}

TEST_F(SplitOf, NothingIsNobody) {
  const auto counts = count(split({{"v1", 60}, {"v2", 0}, {"v3", 40}}));
  EXPECT_EQ(counts.size(), 2u);
  EXPECT_FALSE(counts.contains("v2"));
}

TEST_F(SplitOf, NothingForAllIsTheStableVersion) {
  EXPECT_EQ(of(split({{"v1", 0}, {"v2", 0}}), user(1)), "v1");
}

TEST_F(SplitOf, NoVersionsIsNobody) {
  const Split none({}, nullptr, {versions["v1"]});
  EXPECT_EQ(of(none, user(1)), "nobody");
}

TEST_F(SplitOf, AMatchComesBeforeTheWeights) {
  const auto is_ada = [](const Facts& facts) { return facts.user == "ada"; };
  const auto anybody = [](const Facts&) { return true; };
  const Split some({{versions["v1"], 100, {}}, {versions["v2"], 0, {is_ada}}}, versions["v1"], {});
  EXPECT_EQ(of(some, {.user = "ada"}), "v2");
  EXPECT_EQ(of(some, {.user = "bob"}), "v1");
  const Split first(
      {{versions["v1"], 100, {}}, {versions["v2"], 0, {is_ada}}, {versions["v3"], 0, {anybody}}},
      versions["v1"], {});
  EXPECT_EQ(of(first, {.user = "ada"}), "v2");
  EXPECT_EQ(of(first, {.user = "bob"}), "v3");
}

TEST_F(SplitOf, ThoseThatLeaveGetNobodyAndAreStillSeen) {
  const Split split({{versions["v1"], 100, {}}}, versions["v1"], {versions["v2"]});
  EXPECT_EQ(count(split).size(), 1u);
  std::string seen;
  split.each([&](Version& version) { seen += version.name() + " "; });
  EXPECT_EQ(seen, "v1 v2 ");
}

}  // namespace
}  // namespace stoa::routing
