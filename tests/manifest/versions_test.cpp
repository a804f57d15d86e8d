// A namespace with several versions, and what becomes of those who are in it.
#include <gtest/gtest.h>

#include "manifest/draft.h"
#include "reading.h"

namespace stoa::manifest {
namespace {

// The text of [[namespace.chat.version]] tables, each with a name and a plugin of its own.
std::string versions(const std::vector<std::string>& keys) {
  std::string out;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const std::string name = "v" + std::to_string(i + 1);
    out += "[[namespace.chat.version]]\nname = '" + name + "'\nplugin = 'p" + name + "'\n";
    out += keys[i] + '\n';
  }
  return out;
}

Namespace chat(const std::string& text, const Variables& variables = {}) {
  return read(text, variables).namespaces.at(0);
}

std::vector<uint32_t> weights(const std::vector<std::string>& keys) {
  std::vector<uint32_t> out;
  for (const Version& version : chat(versions(keys)).versions) out.push_back(version.weight);
  return out;
}

std::string many(std::size_t count) {
  return versions(std::vector<std::string>(count));
}

TEST(Versions, AreOneInTheShortForm) {
  const Namespace ns = chat("[namespace.chat]\nplugin = 'p'\nconfig = { a = 1 }");
  ASSERT_EQ(ns.versions.size(), 1u);
  EXPECT_EQ(ns.versions[0], (Version{.name = "v1",
                                     .plugin = "p",
                                     .config_json = "{\"a\":1}",
                                     .weight = 100,
                                     .run = Run::kThread}));
  EXPECT_EQ(ns.versions[0].line, 1u);
}

Run where(const std::string& text, const Variables& variables = {}) {
  return chat(text, variables).versions.at(0).run.value();
}

TEST(Versions, RunWhereTheNearestSays) {
  const std::string ns = "[namespace.chat]\nplugin = 'p'\n";
  EXPECT_EQ(where(ns), Run::kThread);
  EXPECT_EQ(where("[plugins]\nrun = 'loop'\n" + ns), Run::kLoop);
  EXPECT_EQ(where(ns, {{"STOA_PLUGINS_RUN", "loop"}}), Run::kLoop);
  EXPECT_EQ(where(ns + "run = 'loop'"), Run::kLoop);
  const Namespace two = chat("[namespace.chat]\nrun = 'loop'\n" + versions({"", "run = 'thread'"}));
  EXPECT_EQ(two.versions[0].run, Run::kLoop);
  EXPECT_EQ(two.versions[1].run, Run::kThread);
}

TEST(Versions, RunNowhereElse) {
  const std::string ns = "[namespace.chat]\nplugin = 'p'\n";
  EXPECT_EQ(refusal(ns + "run = 'moon'"),
            "m:3:7: namespace.chat.run: found \"moon\", want \"loop\", \"thread\" or \"process\"");
  EXPECT_EQ(refusal(ns + "run = 1"),
            "m:3:7: namespace.chat.run: found 1, want \"loop\", \"thread\" or \"process\"");
}

TEST(Versions, HaveWhatTheirTablesSay) {
  const Namespace ns = chat(R"(
[[namespace.chat.version]]
name = "2024-05_blue.1"
plugin = "chat"
sha256 = "ABCDEF0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789"
[[namespace.chat.version]]
name = "green"
plugin = "chat2.so"
config = { a = 1 }
weight = 30
match = [{ user = "ann" }]
[[namespace.chat.version]]
name = "trial"
plugin = "chat3"
schedule = "5% 10m, 100%"
[namespace.chat.version.config]
b = 2
)");
  ASSERT_EQ(ns.versions.size(), 3u);
  EXPECT_EQ(ns.versions[0].name, "2024-05_blue.1");
  EXPECT_EQ(ns.versions[0].plugin, "chat");
  EXPECT_EQ(ns.versions[0].config_json, "{}");
  EXPECT_EQ(ns.versions[0].weight, 65u);
  EXPECT_EQ(ns.versions[0].sha256,
            "abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789");
  EXPECT_EQ(ns.versions[0].line, 2u);
  EXPECT_EQ(ns.versions[1].config_json, "{\"a\":1}");
  EXPECT_EQ(ns.versions[1].weight, 30u);
  EXPECT_EQ(ns.versions[1].matches, (std::vector<Match>{{Match::Kind::kUser, "", "ann"}}));
  EXPECT_EQ(ns.versions[1].line, 6u);
  EXPECT_EQ(ns.versions[2].config_json, "{\"b\":2}");
  EXPECT_EQ(ns.versions[2].weight, 5u);
  EXPECT_EQ(ns.versions[2].schedule, (std::vector<Step>{{5, 600'000}, {100, 0}}));
}

TEST(Versions, ShareEvenlyWhatTheOthersLeave) {
  EXPECT_EQ(weights({""}), (std::vector<uint32_t>{100}));
  EXPECT_EQ(weights({"", ""}), (std::vector<uint32_t>{50, 50}));
  EXPECT_EQ(weights({"", "", ""}), (std::vector<uint32_t>{34, 33, 33}));
  EXPECT_EQ(weights({"", "", "weight = 89", ""}), (std::vector<uint32_t>{4, 4, 89, 3}));
  EXPECT_EQ(weights({"", "weight = 100"}), (std::vector<uint32_t>{0, 100}));
  EXPECT_EQ(weights({"weight = 99", "", ""}), (std::vector<uint32_t>{99, 1, 0}));
  EXPECT_EQ(weights({"weight = 0", "weight = 100", "weight = 0"}),
            (std::vector<uint32_t>{0, 100, 0}));
}

TEST(Versions, BeginWithTheFirstStepOfTheirSchedule) {
  EXPECT_EQ(weights({"", "schedule = '5% 1m, 100%'", ""}), (std::vector<uint32_t>{48, 5, 47}));
  EXPECT_EQ(weights({"weight = 95", "schedule = '5% 1m, 100%'"}), (std::vector<uint32_t>{95, 5}));
  EXPECT_EQ(weights({"", "schedule = '100%'"}), (std::vector<uint32_t>{0, 100}));
}

TEST(Versions, MayBeSixteen) {
  EXPECT_EQ(chat(many(16)).versions.size(), 16u);
}

TEST(Versions, MatchNewcomersInFourWays) {
  const Namespace ns = chat(versions({R"(match = [
    { header = "User-Agent", value = "x" },
    { query = "v", value = "" },
    { user = "ann" },
    { address = "10.0.0.0/8" },
    { address = "::1" },
  ])"}));
  EXPECT_EQ(ns.versions[0].matches, (std::vector<Match>{{Match::Kind::kHeader, "user-agent", "x"},
                                                        {Match::Kind::kQuery, "v", ""},
                                                        {Match::Kind::kUser, "", "ann"},
                                                        {Match::Kind::kAddress, "", "10.0.0.0/8"},
                                                        {Match::Kind::kAddress, "", "::1"}}));
}

TEST(Versions, MatchByEveryHeaderThatIsKeptOfEachRequest) {
  for (const std::string name : {"Host", "Origin", "Authorization", "Cookie", "User-Agent",
                                 "Referer", "Accept-Language", "X-Forwarded-For"}) {
    EXPECT_EQ(refusal(versions({"match = [{ header = '" + name + "', value = '1' }]"})),
              "accepted");
  }
}

TEST(Versions, MatchByHeadersThatTheServerKeepsWhereverItSaysSo) {
  const std::string by_beta = versions({"match = [{ header = 'X-BETA', value = '1' }]"});
  EXPECT_EQ(chat("[server]\nheaders = ['x-beta']\n" + by_beta).versions[0].matches[0].name,
            "x-beta");
  EXPECT_EQ(chat(by_beta + "[server]\nheaders = ['X-Beta']").versions[0].matches[0].name, "x-beta");
  EXPECT_EQ(chat(by_beta, {{"STOA_SERVER_HEADERS", "X-A,X-Beta"}}).versions[0].matches[0].name,
            "x-beta");
}

TEST(Versions, GoAsTheNamespaceSays) {
  const Namespace defaults = chat(std::string(kOneNamespace));
  EXPECT_EQ(defaults.departure, (std::vector<Departure>{Departure::kMove, Departure::kReconnect}));
  EXPECT_EQ(defaults.stay_ms, 600'000u);
  const Namespace ns = chat(
      "[namespace.chat]\nplugin = 'p'\nstay_ms = 604800000\n"
      "departure = ['stay', 'reconnect', 'move']\n");
  EXPECT_EQ(ns.departure,
            (std::vector<Departure>{Departure::kStay, Departure::kReconnect, Departure::kMove}));
  EXPECT_EQ(ns.stay_ms, 604'800'000u);
}

TEST(Versions, AreGuardedAsTheNamespaceSays) {
  EXPECT_EQ(chat(std::string(kOneNamespace)).guard, (Guard{60'000, 100, 5, 10, 300, 1}));
  EXPECT_EQ(chat("[namespace.chat]\nplugin = 'p'\n[namespace.chat.guard]\nwindow_ms = 1000\n"
                 "min_count = 1\nerrors_percent = 0\ndenials_percent = 100\np99_percent = 0\n"
                 "crashes = 1000")
                .guard,
            (Guard{1000, 1, 0, 100, 0, 1000}));
  EXPECT_EQ(chat("[namespace.chat]\nplugin = 'p'\nguard.p99_percent = 101").guard.p99_percent,
            101u);
}

TEST(Versions, OfADraftHaveNoPluginIfTheyHaveAProblem) {
  const auto plugins = [](const std::string& text) {
    const Draft draft = parse_draft(text, "m", environment({}));
    EXPECT_NE(draft.problems, "");
    std::vector<std::string> out;
    for (const Version& version : draft.manifest.namespaces.at(0).versions) {
      out.push_back(version.plugin);
    }
    return out;
  };
  using Plugins = std::vector<std::string>;
  EXPECT_EQ(plugins(versions({"", "config = 7", "match = [{}]"})), (Plugins{"pv1", "", ""}));
  // These say nothing of the plugins.
  EXPECT_EQ(plugins(versions({"weight = 1", "weight = 2"})), (Plugins{"pv1", "pv2"}));
  EXPECT_EQ(plugins("[namespace.chat]\nstay_ms = 0\n" + versions({""})), (Plugins{"pv1"}));
  // Of what is there in both forms, neither is known to be meant.
  EXPECT_EQ(plugins("[namespace.chat]\nconfig = {}\n" + versions({"", ""})), (Plugins{"", ""}));
  EXPECT_EQ(plugins("[namespace.chat]\nversion = [{ name = 'a', plugin = 'p' }]\nplugin = 'q'"),
            (Plugins{""}));
  EXPECT_EQ(plugins("[namespace.chat]\nplugin = 'p'\nstay_ms = 0"), (Plugins{""}));
  EXPECT_EQ(plugins("[namespace.chat]\nversion = []"), (Plugins{""}));
}

}  // namespace
}  // namespace stoa::manifest
