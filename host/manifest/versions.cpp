#include "manifest/versions.h"

#include <algorithm>

#include "manifest/json.h"
#include "manifest/kinds.h"
#include "manifest/matches.h"
#include "manifest/run.h"
#include "manifest/schedule.h"
#include "manifest/weights.h"
#include "wire/query.h"

namespace stoa::manifest {
namespace {

constexpr std::size_t kMostVersions = 16;
constexpr std::size_t kLongestVersion = 64;
constexpr std::size_t kLongestFile = 255;
constexpr std::size_t kDigestDigits = 64;

bool is_letter_or_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_version_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestVersion && std::ranges::all_of(text, [](char c) {
    return is_letter_or_digit(c) || c == '_' || c == '.' || c == '-';
  });
}

bool is_plugin_file(std::string_view text) {
  return !text.empty() && text.size() <= kLongestFile && !text.starts_with('.') &&
         text.find('/') == std::string_view::npos && text.find("..") == std::string_view::npos &&
         text.find('\0') == std::string_view::npos;
}

bool is_digest(std::string_view text) {
  return text.size() == kDigestDigits && std::ranges::all_of(text, [](char c) {
           return is_letter_or_digit(c) && (c <= '9' || (c | 0x20) <= 'f');
         });
}

void store_config(const Value& value, const Place& place, Version& out) {
  const auto* table = std::get_if<Table>(&value.data);
  if (table == nullptr) return place.refuse(value, "a table");
  out.config_json = to_json(*table, place);
}

void store_schedule(const Value& value, const Place& place, Version& out) {
  const auto* found = std::get_if<std::string>(&value.data);
  std::string wanted = "a text like \"5% 10m, 25% 30m, 100%\"";
  auto steps = found == nullptr ? std::nullopt : parse_schedule(*found, wanted);
  if (!steps) return place.refuse(value, wanted);
  out.schedule = std::move(*steps);
}

Key<Version> digest() {
  Key<Version> key =
      text("sha256", &Version::sha256, is_digest, "the 64 hexadecimal digits of a SHA-256");
  key.store = [store = key.store](const Value& value, const Place& place, Version& out) {
    store(value, place, out);
    out.sha256 = wire::lower(out.sha256);
  };
  return key;
}

// A problem of the key `name` of the version's table, if it has that key.
void refuse_key(const Table& table, std::string_view name, const Place& place,
                std::string_view sentence) {
  const Member* const member = find(table, name);
  if (member != nullptr) place.problems.add(member->at, place.below(name).key, sentence);
}

// Reads the versions of one namespace, in their order.
class VersionsReading {
 public:
  void read(const Value& value, const Place& place) {
    const std::size_t before = place.problems.count();
    Version version;
    version.name.clear();
    version.line = value.at.line;
    version.weight = kShare;  // also if what stands there is no weight: the sum is not to blame
    if (const auto* table = std::get_if<Table>(&value.data)) {
      read_version(*table, value.at, place, version);
    } else {
      place.refuse(value, "a table, like [[namespace.chat.version]]");
    }
    if (place.problems.count() > before) version.plugin.clear();
    versions_.push_back(std::move(version));
  }

  // All that were read.
  std::vector<Version> finish(const Value& value, const Place& place) {
    const std::string complaint = share_weights(versions_);
    if (!complaint.empty()) place.problems.add(value.at, place.key, complaint);
    return std::move(versions_);
  }

 private:
  void read_version(const Table& table, Position at, const Place& place, Version& out) {
    read_table(table, at, place, version_keys(), out);
    if (find(table, "schedule") != nullptr) read_start(table, place, out);
    const bool taken = std::ranges::find(versions_, out.name, &Version::name) != versions_.end();
    if (taken && !out.name.empty()) {
      refuse_key(table, "name", place,
                 "found \"" + out.name + "\" a second time, want a name of its own");
    }
  }

  // The first step of a schedule is the version's weight.
  void read_start(const Table& table, const Place& place, Version& out) {
    refuse_key(table, "weight", place,
               "a version with a schedule begins with the percents of its first step; leave one of "
               "the two out");
    if (!out.schedule.empty()) out.weight = out.schedule.front().percent;
    if (versions_.empty()) {
      refuse_key(table, "schedule", place,
                 "the first version is the stable one, which has what the others leave; give the "
                 "schedule to a later one");
    } else if (!scheduled_.empty()) {
      refuse_key(table, "schedule", place,
                 scheduled_ + " has one already, and both would end at 100%; leave one out");
    }
    scheduled_ = "version[" + std::to_string(versions_.size()) + "]";
  }

  std::vector<Version> versions_;
  std::string scheduled_;  // the version with a schedule, if there is one
};

}  // namespace

const Keys<Version>& version_keys() {
  static const Keys<Version> keys = {
      required(text("name", &Version::name, is_version_name,
                    R"(a name of 1 to 64 letters, digits, "_", "." and "-", like "v2")")),
      required(text("plugin", &Version::plugin, is_plugin_file,
                    R"(the name of a file in the plugin directory, like "chat")")),
      {"config", Shape::kTable, false, "a table", store_config},
      number("weight", &Version::weight, 0, 100),
      {"schedule", Shape::kText, false, "a schedule", store_schedule},
      {"match", Shape::kTable, false, "an array of tables", store_matches},
      digest(),
      run_key(&Version::run),
  };
  return keys;
}

void store_versions(const Value& value, const Place& place, Namespace& out) {
  const auto* array = std::get_if<Array>(&value.data);
  if (array == nullptr || array->empty() || array->size() > kMostVersions) {
    return place.refuse(value, "one to 16 tables, each like [[namespace.chat.version]]");
  }
  VersionsReading reading;
  for (std::size_t i = 0; i < array->size(); ++i) reading.read((*array)[i], place.item(i));
  out.versions = reading.finish(value, place);
}

}  // namespace stoa::manifest
