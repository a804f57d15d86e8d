// Bad versions, departures and guards, each with the very sentence that the operator reads.
#include <gtest/gtest.h>

#include "reading.h"

namespace stoa::manifest {
namespace {

// A version with `keys` behind a good one.
std::string second(const std::string& keys) {
  return refusal("[[namespace.n.version]]\nname = 'v1'\nplugin = 'p'\n[[namespace.n.version]]\n" +
                 keys);
}

std::string second_with(const std::string& key) {
  return second("name = 'v2'\nplugin = 'p'\n" + key);
}

TEST(VersionProblems, OfBothFormsAtOnce) {
  const std::string both =
      ": this namespace has version tables too; put it into the one that it is of";
  EXPECT_EQ(refusal("[namespace.n]\nplugin = 'p'\nconfig = {}\n[[namespace.n.version]]\n"
                    "name = 'v1'\nplugin = 'p'"),
            "m:2:1: namespace.n.plugin" + both + "\nm:3:1: namespace.n.config" + both);
}

TEST(VersionProblems, OfTheirTables) {
  const std::string want = ", want one to 16 tables, each like [[namespace.chat.version]]";
  EXPECT_EQ(refusal("[namespace.n.version]\nname = 'v1'"),
            "m:1:1: namespace.n.version: found a table" + want);
  EXPECT_EQ(refusal("[namespace.n]\nversion = []"),
            "m:2:11: namespace.n.version: found an empty array" + want);
  std::string many;
  for (int i = 0; i < 17; ++i) many += "[[namespace.n.version]]\nplugin = 'p'\n";
  EXPECT_EQ(refusal(many), "m:1:1: namespace.n.version: found an array" + want);
  EXPECT_EQ(refusal("[namespace.n]\nversion = ['v1', { name = 'v1', plugin = 'p', weight = 7 }]"),
            "m:2:12: namespace.n.version[0]: found \"v1\", want a table, like "
            "[[namespace.chat.version]]");
  EXPECT_EQ(second_with("wieght = 5"),
            "m:7:1: namespace.n.version[1].wieght: unknown key; did you mean \"weight\"?");
  EXPECT_EQ(refusal("[[namespace.n.verison]]\nname = 'v1'"),
            "m:1:13: namespace.n.plugin: missing, want the name of a file in the plugin directory, "
            "like \"chat\"\n"
            "m:1:15: namespace.n.verison: unknown key; did you mean \"version\"?");
}

TEST(VersionProblems, OfNames) {
  const std::string want =
      ", want a name of 1 to 64 letters, digits, \"_\", \".\" and \"-\", like \"v2\"";
  const std::string at = "m:5:8: namespace.n.version[1].name: found ";
  EXPECT_EQ(second("plugin = 'p'"), "m:4:1: namespace.n.version[1].name: missing" + want);
  EXPECT_EQ(second("name = ''\nplugin = 'p'"), at + "\"\"" + want);
  EXPECT_EQ(second("name = 'a b'\nplugin = 'p'"), at + "\"a b\"" + want);
  EXPECT_EQ(second("name = 'é'\nplugin = 'p'"), at + "\"é\"" + want);
  EXPECT_EQ(second("name = 2\nplugin = 'p'"), at + "2" + want);
  EXPECT_EQ(second("name = '" + std::string(64, 'n') + "'\nplugin = 'p'"), "accepted");
  const std::string longer(65, 'n');
  EXPECT_EQ(second("name = '" + longer + "'\nplugin = 'p'"), at + '"' + longer + '"' + want);
  EXPECT_EQ(second("name = 'v1'\nplugin = 'p'"),
            "m:5:1: namespace.n.version[1].name: found \"v1\" a second time, want a name of its "
            "own");
}

TEST(VersionProblems, OfPluginsAndConfigs) {
  const std::string want = ", want the name of a file in the plugin directory, like \"chat\"";
  EXPECT_EQ(second("name = 'v2'"), "m:4:1: namespace.n.version[1].plugin: missing" + want);
  EXPECT_EQ(second("name = 'v2'\nplugin = '../p'"),
            "m:6:10: namespace.n.version[1].plugin: found \"../p\"" + want);
  EXPECT_EQ(second_with("config = '{}'"),
            "m:7:10: namespace.n.version[1].config: found \"{}\", want a table");
  EXPECT_EQ(second_with("config = { a = nan }"),
            "m:7:16: namespace.n.version[1].config.a: found the fraction nan, want a number that "
            "JSON has");
}

TEST(VersionProblems, OfDigests) {
  const std::string want = ", want the 64 hexadecimal digits of a SHA-256";
  const std::string digits(63, 'a');
  const std::string at = "m:7:10: namespace.n.version[1].sha256: found ";
  for (const std::string& text : {std::string(), digits, digits + 'g', digits + 'G', digits + ':',
                                  digits + '@', digits + '`', digits + "aa"}) {
    EXPECT_EQ(second_with("sha256 = '" + text + "'"), at + '"' + text + '"' + want);
  }
  EXPECT_EQ(second_with("sha256 = '" + digits + "F'"), "accepted");
}

TEST(VersionProblems, OfWeights) {
  const auto weights = [](const std::string& first, const std::string& other) {
    return refusal("[[namespace.n.version]]\nname = 'v1'\nplugin = 'p'\n" + first +
                   "\n[[namespace.n.version]]\nname = 'v2'\nplugin = 'p'\n" + other);
  };
  const std::string at = "m:1:1: namespace.n.version: ";
  EXPECT_EQ(weights("weight = 40", "weight = 50"), at + "the weights make 90, want 100");
  EXPECT_EQ(weights("weight = 100", "weight = 100"), at + "the weights make 200, want 100");
  EXPECT_EQ(weights("weight = 100", "schedule = '5% 1m, 100%'"),
            at + "the weights make 105, want 100; a schedule counts with its first step");
  EXPECT_EQ(weights("weight = 60",
                    "weight = 60\n[[namespace.n.version]]\nname = 'v3'\n"
                    "plugin = 'p'"),
            at + "the weights that are given make 120, want at most 100");
  EXPECT_EQ(weights("weight = 101",
                    "weight = 50\n[[namespace.n.version]]\nname = 'v3'\n"
                    "plugin = 'p'\nweight = 51"),
            at + "the weights that are given make 101, want at most 100\n" +
                "m:4:10: namespace.n.version[0].weight: found 101, want a whole number from 0 to "
                "100");
  EXPECT_EQ(refusal("[[namespace.n.version]]\nname = 'v1'\nplugin = 'p'\nweight = 0"),
            at + "the weights make 0, want 100");
  // A weight that could not be read may be any.
  EXPECT_EQ(weights("weight = 40", "weight = 101"),
            "m:8:10: namespace.n.version[1].weight: found 101, want a whole number from 0 to 100");
  // Other problems do not hide it.
  EXPECT_EQ(weights("weight = 40", "weight = 50\nconfig = 7"),
            at + "the weights make 90, want 100\n" +
                "m:9:10: namespace.n.version[1].config: found 7, want a table");
}

TEST(VersionProblems, OfSchedules) {
  EXPECT_EQ(second_with("schedule = 5"),
            "m:7:12: namespace.n.version[1].schedule: found 5, want a text like \"5% 10m, 25% 30m, "
            "100%\"");
  EXPECT_EQ(second_with("schedule = '25% 10m, 5% 10m, 100%'"),
            "m:7:12: namespace.n.version[1].schedule: found \"25% 10m, 5% 10m, 100%\", want "
            "percents that rise from step to step, like \"5% 10m, 25% 30m, 100%\"");
  EXPECT_EQ(second_with("schedule = '5% 10m, 100%'\nweight = 5"),
            "m:8:1: namespace.n.version[1].weight: a version with a schedule begins with the "
            "percents of its first step; leave one of the two out");
  EXPECT_EQ(refusal("[[namespace.n.version]]\nname = 'v1'\nplugin = 'p'\nschedule = '100%'"),
            "m:4:1: namespace.n.version[0].schedule: the first version is the stable one, which "
            "has what the others leave; give the schedule to a later one");
  EXPECT_EQ(second_with("schedule = '5% 1m, 100%'\n[[namespace.n.version]]\nname = 'v3'\n"
                        "plugin = 'p'\nschedule = '5% 1m, 100%'"),
            "m:11:1: namespace.n.version[2].schedule: version[1] has one already, and both would "
            "end at 100%; leave one out");
}

TEST(VersionProblems, OfMatches) {
  const auto match = [](const std::string& item) { return second_with("match = [" + item + "]"); };
  const std::string at = "m:7:10: namespace.n.version[1].match[0]";
  const std::string forms =
      at +
      ": want one of { header = \"X-Beta\", value = \"1\" }, { query = \"v\", value = \"2\" }, { "
      "user = \"ann\" } and { address = \"10.0.0.0/8\" }";
  EXPECT_EQ(match("{}"), forms);
  EXPECT_EQ(match("{ value = '1' }"), forms);
  EXPECT_EQ(match("{ header = 'Host' }"), forms);
  EXPECT_EQ(match("{ query = 'v' }"), forms);
  EXPECT_EQ(match("{ user = 'ann', value = '1' }"), forms);
  EXPECT_EQ(match("{ address = '::1', value = '1' }"), forms);
  EXPECT_EQ(match("{ user = 'ann', address = '::1' }"), forms);
  EXPECT_EQ(match("{ header = 'Host', query = 'v', value = '1' }"), forms);
  EXPECT_EQ(match("7"), at + ": found 7, want a table, like { user = \"ann\" }");
  EXPECT_EQ(match("{ usr = 'ann' }"),
            "m:7:12: namespace.n.version[1].match[0].usr: unknown key; did you mean \"user\"?");
  const std::string want = ", want an array of at most 64 tables, like [{ user = \"ann\" }]";
  EXPECT_EQ(second_with("match = { user = 'ann' }"),
            "m:7:9: namespace.n.version[1].match: found a table" + want);
  std::string many;
  for (int i = 0; i < 64; ++i) many += "{ user = 'ann' }, ";
  EXPECT_EQ(match(many), "accepted");
  EXPECT_EQ(match(many + "{ user = 'ann' }"),
            "m:7:9: namespace.n.version[1].match: found an array" + want);
}

TEST(VersionProblems, OfWhatIsMatched) {
  const auto match = [](const std::string& item) { return second_with("match = [" + item + "]"); };
  const std::string at = "namespace.n.version[1].match[0].";
  EXPECT_EQ(match("{ header = 'X A', value = '1' }"),
            "m:7:21: " + at +
                "header: found \"X A\", want the name of a request header, like "
                "\"X-Token\"");
  EXPECT_EQ(match("{ query = '', value = '1' }"),
            "m:7:20: " + at +
                "query: found \"\", want the name of a parameter of the query, of 1 "
                "to 255 bytes");
  EXPECT_EQ(match("{ user = '' }"),
            "m:7:19: " + at + "user: found \"\", want the name of a user, of 1 to 255 bytes");
  EXPECT_EQ(match("{ address = '10.0.0.0/33' }"),
            "m:7:22: " + at +
                "address: found \"10.0.0.0/33\", want a numeric address or a network "
                "of such, like \"10.0.0.0/8\" or \"::1\"");
  EXPECT_EQ(match("{ query = 'v', value = 2 }"),
            "m:7:33: " + at +
                "value: found 2, want the text that the header or the parameter "
                "equals, of at most 4096 bytes");
}

TEST(VersionProblems, OfHeadersThatAreNotKept) {
  const std::string by_beta =
      "[[namespace.n.version]]\nname = 'v1'\nplugin = 'p'\n"
      "match = [{ header = 'X-Beta', value = '1' }]\n";
  const std::string sentence =
      "namespace.n.version[0].match[0].header: found \"X-Beta\", want a header that is kept; name "
      "it in headers of [server] too, or in STOA_SERVER_HEADERS if that replaces them";
  EXPECT_EQ(refusal(by_beta), "m:4:21: " + sentence);
  EXPECT_EQ(refusal(by_beta + "[server]\nheaders = ['X-Alpha']"), "m:4:21: " + sentence);
  EXPECT_EQ(refusal("[server]\nheaders = ['X-Beta']\n" + by_beta), "accepted");
  EXPECT_EQ(
      refusal("[server]\nheaders = ['X-Beta']\n" + by_beta, {{"STOA_SERVER_HEADERS", "X-Alpha"}}),
      "m:6:21: " + sentence);
}

TEST(VersionProblems, OfDepartures) {
  const auto departure = [](const std::string& value) {
    return refusal("[namespace.n]\nplugin = 'p'\ndeparture = " + value);
  };
  const std::string want =
      ", want an array with one or more of \"stay\", \"move\" or \"reconnect\"";
  EXPECT_EQ(departure("[]"), "m:3:13: namespace.n.departure: found an empty array" + want);
  EXPECT_EQ(departure("'move'"), "m:3:13: namespace.n.departure: found \"move\"" + want);
  EXPECT_EQ(departure("['move', 'leave']"),
            "m:3:22: namespace.n.departure[1]: found \"leave\", want \"stay\", \"move\" or "
            "\"reconnect\"");
  EXPECT_EQ(departure("['move', 'stay', 'move']"),
            "m:3:30: namespace.n.departure[2]: found \"move\", want each of them once");
  EXPECT_EQ(refusal("[namespace.n]\nplugin = 'p'\nstay_ms = 999"),
            "m:3:11: namespace.n.stay_ms: found 999, want a whole number from 1000 to 604800000");
}

TEST(VersionProblems, OfGuards) {
  const auto guard = [](const std::string& key) {
    return refusal("[namespace.n]\nplugin = 'p'\n[namespace.n.guard]\n" + key);
  };
  const std::string at = "namespace.n.guard.";
  EXPECT_EQ(refusal("[namespace.n]\nplugin = 'p'\nguard = true"),
            "m:3:9: namespace.n.guard: found true, want a table, like [namespace.chat.guard]");
  EXPECT_EQ(guard("window = 1000"),
            "m:4:1: " + at + "window: unknown key; did you mean \"window_ms\"?");
  EXPECT_EQ(guard("window_ms = 999"),
            "m:4:13: " + at + "window_ms: found 999, want a whole number from 1000 to 3600000");
  EXPECT_EQ(guard("min_count = 0"),
            "m:4:13: " + at + "min_count: found 0, want a whole number from 1 to 1000000");
  EXPECT_EQ(guard("errors_percent = 101"),
            "m:4:18: " + at + "errors_percent: found 101, want a whole number from 0 to 100");
  EXPECT_EQ(guard("denials_percent = -1"),
            "m:4:19: " + at + "denials_percent: found -1, want a whole number from 0 to 100");
  for (const std::string percent : {"1", "100", "10001", "-1"}) {
    EXPECT_EQ(guard("p99_percent = " + percent),
              "m:4:15: " + at + "p99_percent: found " + percent +
                  ", want 0, or a whole number from 101 to 10000");
  }
  EXPECT_EQ(guard("crashes = 1001"),
            "m:4:11: " + at + "crashes: found 1001, want a whole number from 0 to 1000");
}

TEST(QueueProblems, NameTheKeyAndWhatItMayBe) {
  const auto queue = [](const std::string& value) {
    return refusal("[namespace.n]\nplugin = 'p'\nqueue = " + value);
  };
  EXPECT_EQ(
      queue("{ max_messages = 0 }"),
      "m:3:26: namespace.n.queue.max_messages: found 0, want a whole number from 1 to 1000000");
  EXPECT_EQ(queue("{ max_bytes = 1000 }"),
            "m:3:23: namespace.n.queue.max_bytes: found 1000, want a whole number from 1024 to "
            "1073741824");
  EXPECT_EQ(queue("{ when_full = 'wait' }"),
            "m:3:23: namespace.n.queue.when_full: found \"wait\", want \"push_back\", "
            "\"drop_newest\" or \"refuse\"");
  EXPECT_EQ(queue("{ max_byte = 1 }"),
            "m:3:11: namespace.n.queue.max_byte: unknown key; did you mean \"max_bytes\"?");
  EXPECT_EQ(queue("7"),
            "m:3:9: namespace.n.queue: found 7, want a table, like "
            "[namespace.chat.queue]");
}

TEST(ThreadProblems, NameTheKeyAndWhatItMayBe) {
  EXPECT_EQ(refusal("[namespace.n]\nplugin = 'p'\nthreads = 65"),
            "m:3:11: namespace.n.threads: found 65, want a whole number from 1 to 64");
}

}  // namespace
}  // namespace stoa::manifest
