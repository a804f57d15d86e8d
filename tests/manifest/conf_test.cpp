// conf/stoa.toml shows every key, and only keys there are, with their ranges and defaults.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include "manifest/matches.h"
#include "manifest/namespaces.h"
#include "manifest/process.h"
#include "manifest/queue.h"
#include "manifest/schema.h"
#include "manifest/versions.h"
#include "reading.h"

namespace stoa::manifest {
namespace {

std::string file_text() {
  std::ifstream file(STOA_CONF);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A line of the file that names a key, commented out or not.
struct Shown {
  std::string table;  // "server", "namespace", "namespace.version", ...
  std::string key;
  std::string line;      // without the comment sign
  std::string comments;  // what stands above it, in one line
  bool commented_out = false;
};

// "namespace.guard" of [namespace.chat.guard]: the tables that the schema has below a namespace.
std::string table_name(const std::string& first, const std::string& below) {
  for (const std::string known : {".guard", ".process", ".queue", ".version"}) {
    if (first == "namespace" && below.ends_with(known)) return first + known;
  }
  return first;
}

// Walks the file's lines and remembers in which table each stands.
std::vector<Shown> shown_keys() {
  static const std::regex kHeader(R"((# )?\[\[?(\w+)(\.[^\]]*)?\]\]?)");
  static const std::regex kKey(R"((# )?(\w+) = .*)");
  std::ifstream file(STOA_CONF);
  std::vector<Shown> out;
  std::string table;
  std::string below;  // what follows the table's first name
  std::string comments;
  std::smatch match;
  for (std::string line; std::getline(file, line);) {
    if (std::regex_match(line, match, kHeader)) {
      below = match[3];
      table = table_name(match[2], below);
      comments.clear();
    } else if (std::regex_match(line, match, kKey)) {
      const std::string key = match[2];
      if (below.find(".config") != std::string::npos) continue;  // the plugin's own keys
      const bool commented_out = match[1].matched;
      const std::string shown = commented_out ? line.substr(2) : line;
      out.push_back({table, key, shown, comments, commented_out});
    } else {
      if (line.empty()) comments.clear();
      if (line.starts_with("# ")) comments += line.substr(2) + ' ';
    }
  }
  return out;
}

std::set<std::string> schema_keys() {
  std::set<std::string> out;
  const auto add = [&](const std::string& table, const auto& keys) {
    for (const auto& key : keys) out.insert(table + '.' + std::string(key.name));
  };
  add("server", server_keys());
  add("log", log_keys());
  add("plugins", plugins_keys());
  add("control", control_keys());
  add("rollout", rollout_keys());
  add("namespace", namespace_keys());
  add("namespace.version", version_keys());
  add("namespace.guard", guard_keys());
  add("namespace.process", process_keys());
  add("namespace.queue", queue_keys());
  // These are tables, and shown as such.
  out.erase("namespace.version");
  out.erase("namespace.guard");
  out.erase("namespace.process");
  out.erase("namespace.queue");
  add("static", static_keys());
  return out;
}

TEST(Conf, IsAValidManifest) {
  const Manifest manifest = load(STOA_CONF, environment({}));
  EXPECT_GE(manifest.namespaces.size(), 5u);
}

TEST(Conf, IsValidWithEveryCommentedKeyToo) {
  const std::regex commented("(^|\n)# (\\w+ = |\\[[^\n]*\\](?=\n))");
  const std::string all = std::regex_replace(file_text(), commented, "$1$2");
  const Manifest manifest = parse(all, STOA_CONF, environment({}));
  EXPECT_EQ(manifest.namespaces.back().name, "");
  const auto talk = std::ranges::find(manifest.namespaces, "talk", &Namespace::name);
  ASSERT_NE(talk, manifest.namespaces.end());
  EXPECT_EQ(talk->versions.size(), 3u);
}

TEST(Conf, ShowsTheKeysOfTheSchemaAndNoOthers) {
  std::set<std::string> shown;
  for (const Shown& key : shown_keys()) shown.insert(key.table + '.' + key.key);
  EXPECT_EQ(shown, schema_keys());
}

TEST(Conf, ShowsEveryKindOfMatch) {
  std::string matches;
  for (const Shown& key : shown_keys()) {
    if (key.table == "namespace.version" && key.key == "match") matches += key.line;
  }
  for (const Key<Match>& key : match_keys()) {
    EXPECT_NE(matches.find(' ' + std::string(key.name) + " = "), std::string::npos) << key.name;
  }
}

TEST(Conf, SaysTheRangeOfEveryNumber) {
  static const std::regex kRange("from \\d+ to \\d+");
  const auto expect_ranges = [](const std::string& table, const auto& keys) {
    for (const auto& key : keys) {
      std::smatch range;
      if (!std::regex_search(key.wanted, range, kRange)) continue;
      for (const Shown& shown : shown_keys()) {
        if (shown.table != table || shown.key != key.name) continue;
        EXPECT_NE(shown.comments.find(range.str()), std::string::npos)
            << shown.key << " lacks \"" << range.str() << "\" in: " << shown.comments;
      }
    }
  };
  expect_ranges("server", server_keys());
  expect_ranges("rollout", rollout_keys());
  expect_ranges("namespace", namespace_keys());
  expect_ranges("namespace.version", version_keys());
  expect_ranges("namespace.guard", guard_keys());
  expect_ranges("namespace.process", process_keys());
  expect_ranges("namespace.queue", queue_keys());
}

TEST(Conf, ShowsDefaultsInWhatIsCommentedOut) {
  const std::string one(kOneNamespace);
  const Manifest defaults = parse(one, STOA_CONF, environment({}));
  for (const Shown& key : shown_keys()) {
    if (!key.commented_out || key.table.starts_with("namespace")) continue;
    const std::string text = '[' + key.table + "]\n" + key.line + '\n' + one;
    const Manifest manifest = parse(text, STOA_CONF, environment({}));
    EXPECT_EQ(manifest.server, defaults.server) << key.line;
    EXPECT_EQ(manifest.log.level, defaults.log.level) << key.line;
    EXPECT_EQ(manifest.control, defaults.control) << key.line;
    EXPECT_EQ(manifest.rollout, defaults.rollout) << key.line;
  }
}

TEST(Conf, ShowsDefaultsOfANamespaceInWhatIsCommentedOut) {
  const Namespace defaults = parse(kOneNamespace, STOA_CONF, environment({})).namespaces[0];
  for (const Shown& key : shown_keys()) {
    if (!key.commented_out || !key.table.starts_with("namespace")) continue;
    // Without one of their own they have the server's, which is tested with it.
    if (key.key == "max_message_bytes" || key.key == "ask_timeout_ms") continue;
    if (key.table == "namespace.version" || key.key == "plugin") continue;
    const std::size_t below = key.table.find('.');
    const std::string table =
        below == std::string::npos ? "" : "[namespace.chat" + key.table.substr(below) + "]\n";
    const std::string text = std::string(kOneNamespace) + table + key.line;
    EXPECT_EQ(parse(text, STOA_CONF, environment({})).namespaces[0], defaults) << key.line;
  }
}

}  // namespace
}  // namespace stoa::manifest
