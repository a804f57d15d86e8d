// What an operator is told of a step before and after it.
#include "rollout/changes.h"

#include <gtest/gtest.h>

#include "rollout/steps.h"
#include "scenery.h"

namespace stoa::rollout {
namespace {

// Each as "NS VERSION: KIND: TEXT (MEMBERS)".
std::vector<std::string> lines(const Scene& before, const Scene& after) {
  // As many as its name is long.
  const CountMembers members = [](std::string_view ns, std::string_view version) {
    return static_cast<uint32_t>(ns.size() + version.size());
  };
  std::vector<std::string> found;
  for (const Change& change : changes(before, after, members)) {
    found.push_back(change.ns + (change.version.empty() ? "" : " " + change.version) + ": " +
                    change.kind + ": " + change.text + " (" + std::to_string(change.members) + ")");
  }
  return found;
}

std::vector<std::string> lines(const Wanted& before, const Wanted& after) {
  return lines(Scene{before}, Scene{after});
}

using Lines = std::vector<std::string>;

TEST(Changes, OfTheSameAreNone) {
  const Wanted ns = chat({{"v1", 90}, {"v2", 10}});
  EXPECT_EQ(lines(ns, ns), Lines());
}

TEST(Changes, NameNewWeights) {
  EXPECT_EQ(lines(chat({{"v1", 90}, {"v2", 10}}), chat({{"v1", 80}, {"v2", 20}})),
            (Lines{"chat v1: reweighted: 90 % to 80 % of newcomers (6)",
                   "chat v2: reweighted: 10 % to 20 % of newcomers (6)"}));
}

TEST(Changes, NameVersionsThatComeAndGo) {
  EXPECT_EQ(
      lines(chat({{"v1", 100}}), chat({{"v2", 100}})),
      (Lines{"chat: stable: the stable version is v2 (4)",
             "chat v2: added: plugin v2.so (plugin-v2 1.0, sha-of-v2), 100 % of newcomers (6)",
             "chat v1: removed: plugin v1.so (plugin-v1 1.0, sha-of-v1) (6)"}));
}

TEST(Changes, NameWhatIsPutOutAndComesBack) {
  const Wanted before = chat({{"v1", 90}, {"v2", 10}});
  Wanted after = before;
  promote(after, "v1");
  EXPECT_EQ(lines(before, after),
            (Lines{"chat v1: reweighted: 90 % to 100 % of newcomers (6)",
                   "chat v2: removed: plugin v2.so (plugin-v2 1.0, sha-of-v2) (6)"}));
  EXPECT_EQ(lines(after, before),
            (Lines{"chat v1: reweighted: 100 % to 90 % of newcomers (6)",
                   "chat v2: added: plugin v2.so (plugin-v2 1.0, sha-of-v2), 10 % of newcomers "
                   "(6)"}));
}

TEST(Changes, NameOtherCodeUnderTheSameName) {
  const Wanted before = chat({{"v1", 100}});
  Wanted after = before;
  after.builds[0] = {"plugin-v1", "1.1", "another-digest", nullptr};
  EXPECT_EQ(lines(before, after),
            (Lines{"chat v1: replaced: plugin v1.so (plugin-v1 1.0, sha-of-v1) by plugin v1.so "
                   "(plugin-v1 1.1, another-dige) (6)"}));
}

TEST(Changes, NameNewConfigsAndRules) {
  const Wanted before = chat({{"v1", 100}});
  Wanted after = before;
  after.spec.versions[0].config_json = R"({"word":"two"})";
  after.spec.versions[0].matches.push_back({.value = "ada"});
  EXPECT_EQ(lines(before, after), (Lines{R"(chat v1: reconfigured: {"word":"two"} (6))",
                                         "chat v1: rules: other newcomers match (6)"}));
}

TEST(Changes, NameNewLimits) {
  const Wanted before = chat({{"v1", 100}});
  Wanted after = before;
  after.spec.max_message_bytes = 1000;
  after.spec.send_weight = 20;
  after.spec.guard.min_count = 7;
  after.spec.stay_ms = 5000;
  EXPECT_EQ(lines(before, after),
            (Lines{"chat: limits: max_message_bytes or ask_timeout_ms (4)",
                   "chat: limits: send_weight 20 (4)", "chat: limits: departure (4)",
                   "chat: limits: guard (4)"}));
}

TEST(Changes, NameASchedule) {
  const Wanted before = chat({{"v1", 100}, {"v2", 0}});
  Wanted after = before;
  after.trial = Trial::begin("v2", {{5, 600'000}, {100, 0}}, Trial::Clock::now());
  EXPECT_EQ(lines(before, after), (Lines{"chat: schedule: v2: 5 %, next 100 % in 10 m (4)"}));
  EXPECT_EQ(lines(after, before), (Lines{"chat: schedule: none (4)"}));
}

// Its words change as time goes by, and may be the same though it began again.
TEST(Changes, OfAScheduleAreNotThoseOfItsWords) {
  Wanted ns = chat({{"v1", 95}, {"v2", 5}});
  ns.trial = Trial::begin("v2", {{5, 600'000}, {100, 0}}, Trial::Clock::now());
  EXPECT_EQ(lines(ns, ns), Lines());
  Wanted again = ns;
  again.trial->due -= std::chrono::seconds(20);
  EXPECT_EQ(lines(ns, again), (Lines{"chat: schedule: v2: 5 %, next 100 % in 10 m (4)"}));
  Wanted paused = ns;
  paused.trial->pause(Trial::Clock::now());
  EXPECT_EQ(lines(ns, paused).size(), 1u);
}

TEST(Changes, NameNamespacesThatComeAndGoTheseLast) {
  const Scene before = {ns_of("old", {{"v1", 100}}), chat({{"v1", 100}})};
  const Scene after = {chat({{"v1", 100}}), ns_of("new", {{"v2", 100}})};
  EXPECT_EQ(lines(before, after),
            (Lines{"new: namespace added: plugin v2.so (plugin-v2 1.0, sha-of-v2) (0)",
                   "old: namespace removed: plugin v1.so (plugin-v1 1.0, sha-of-v1) (3)"}));
}

TEST(Changes, InOneLineAreWhatTheyAreAbout) {
  EXPECT_EQ(in_words({{"chat", "v2", "added", "text", 0}, {"", "", "namespace added", "text", 0}}),
            "chat v2 added; \"\" namespace added");
  EXPECT_EQ(in_words(std::vector<Change>()), "");
}

TEST(WaitsForRestart, NamesThePartsThatDiffer) {
  const manifest::Manifest running;
  EXPECT_EQ(waits_for_restart(running, running), Lines());
  manifest::Manifest wanted;
  wanted.server.max_connections = 7;
  wanted.log.level = "debug";
  wanted.plugins.directory = "elsewhere";
  wanted.control.socket = "elsewhere";
  wanted.rollout.history = 7;
  wanted.static_folders.push_back({"/", "pages"});
  wanted.namespaces.emplace_back();  // that needs no restart
  EXPECT_EQ(waits_for_restart(running, wanted),
            (Lines{"[server] changed", "[log] changed", "[plugins] changed", "[control] changed",
                   "[rollout] changed", "[[static]] changed"}));
}

}  // namespace
}  // namespace stoa::rollout
