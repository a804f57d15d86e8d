#include "manifest/namespaces.h"

#include <algorithm>
#include <array>

#include "manifest/kinds.h"
#include "manifest/process.h"
#include "manifest/queue.h"
#include "manifest/run.h"
#include "manifest/versions.h"

namespace stoa::manifest {
namespace {

constexpr std::size_t kLongestName = 255;
constexpr uint32_t kWeek = 7 * 24 * kHour;

struct NamedDeparture {
  std::string_view name;
  Departure departure;
};

constexpr std::array<NamedDeparture, 3> kDepartures = {
    NamedDeparture{"stay", Departure::kStay}, NamedDeparture{"move", Departure::kMove},
    NamedDeparture{"reconnect", Departure::kReconnect}};

void store_departure(const Value& value, const Place& place, Namespace& out) {
  constexpr std::string_view kWanted = R"("stay", "move" or "reconnect")";
  const auto* array = std::get_if<Array>(&value.data);
  if (array == nullptr || array->empty()) {
    return place.refuse(value, "an array with one or more of " + std::string(kWanted));
  }
  out.departure.clear();
  for (std::size_t i = 0; i < array->size(); ++i) {
    const Value& item = (*array)[i];
    const auto* found = std::get_if<std::string>(&item.data);
    const auto known = found == nullptr
                           ? kDepartures.end()
                           : std::ranges::find(kDepartures, *found, &NamedDeparture::name);
    if (known == kDepartures.end()) {
      place.item(i).refuse(item, kWanted);
    } else if (std::ranges::find(out.departure, known->departure) != out.departure.end()) {
      place.item(i).refuse(item, "each of them once");
    } else {
      out.departure.push_back(known->departure);
    }
  }
}

void store_guard(const Value& value, const Place& place, Namespace& out) {
  const auto* table = std::get_if<Table>(&value.data);
  if (table == nullptr) return place.refuse(value, "a table, like [namespace.chat.guard]");
  read_table(*table, value.at, place, guard_keys(), out.guard);
}

void store_queue(const Value& value, const Place& place, Namespace& out) {
  const auto* table = std::get_if<Table>(&value.data);
  if (table == nullptr) return place.refuse(value, "a table, like [namespace.chat.queue]");
  read_table(*table, value.at, place, queue_keys(), out.queue);
}

void store_process(const Value& value, const Place& place, Namespace& out) {
  const auto* table = std::get_if<Table>(&value.data);
  if (table == nullptr) return place.refuse(value, "a table, like [namespace.chat.process]");
  read_table(*table, value.at, place, process_keys(), out.process);
}

// What a version's table has too, of a namespace that has only one version.
Key<Namespace> of_only_version(std::string_view name) {
  const Key<Version>& key = *std::ranges::find(version_keys(), name, &Key<Version>::name);
  return {name, key.shape, false, key.wanted,
          [store = key.store](const Value& value, const Place& place, Namespace& out) {
            store(value, place, out.versions.front());
          }};
}

const Key<Namespace>& plugin_key() {
  return *std::ranges::find(namespace_keys(), "plugin", &Key<Namespace>::name);
}

// What is there in both forms means nothing: no version keeps its plugin.
void refuse_both_forms(const Table& table, const Place& place, Namespace& out) {
  for (const std::string_view name : {"plugin", "config"}) {
    const Member* const member = find(table, name);
    if (member == nullptr) continue;
    place.problems.add(member->at, place.below(name).key,
                       "this namespace has version tables too; put it into the one that it is of");
    for (Version& version : out.versions) version.plugin.clear();
  }
}

void read_namespace(const Member& member, const Place& place, std::vector<Namespace>& out) {
  const auto* table = std::get_if<Table>(&member.value.data);
  if (table == nullptr) return place.refuse(member.value, "a table, like [namespace.chat]");
  const std::size_t before = place.problems.count();
  if (member.name.size() > kLongestName) {
    place.problems.add(member.at, "namespace",
                       "found a name of " + std::to_string(member.name.size()) +
                           " bytes, want at most " + std::to_string(kLongestName));
  }
  Namespace ns;
  ns.name = member.name;
  ns.line = member.at.line;
  ns.versions.emplace_back().line = ns.line;
  read_table(*table, member.at, place, namespace_keys(), ns);
  if (find(*table, "version") != nullptr) {
    refuse_both_forms(*table, place, ns);
  } else {
    if (find(*table, "plugin") == nullptr) refuse_missing(plugin_key(), member.at, place);
    if (place.problems.count() > before) ns.versions.front().plugin.clear();
  }
  out.push_back(std::move(ns));
}

}  // namespace

const Keys<Guard>& guard_keys() {
  static const Keys<Guard> keys = {
      number("window_ms", &Guard::window_ms, kSecond, kHour),
      number("min_count", &Guard::min_count, 1, 1'000'000),
      number("errors_percent", &Guard::errors_percent, 0, 100),
      number("denials_percent", &Guard::denials_percent, 0, 100),
      number_or_zero("p99_percent", &Guard::p99_percent, 101, 10'000),
      number("crashes", &Guard::crashes, 0, 1000),
  };
  return keys;
}

const Keys<Namespace>& namespace_keys() {
  static const Keys<Namespace> keys = {
      of_only_version("plugin"),
      of_only_version("config"),
      {"version", Shape::kTable, false, "an array of tables", store_versions},
      run_key(&Namespace::run),
      number("threads", &Namespace::threads, 1, 64),
      number("max_message_bytes", &Namespace::max_message_bytes, 125, 16 * kMiB),
      number("ask_timeout_ms", &Namespace::ask_timeout_ms, 1, kHour),
      number("send_weight", &Namespace::send_weight, 1, 100),
      {"departure", Shape::kTexts, false, "an array of texts", store_departure},
      number("stay_ms", &Namespace::stay_ms, kSecond, kWeek),
      {"guard", Shape::kTable, false, "a table", store_guard},
      {"queue", Shape::kTable, false, "a table", store_queue},
      {"process", Shape::kTable, false, "a table", store_process},
  };
  return keys;
}

void read_namespaces(const Value& value, const Place& place, std::vector<Namespace>& out) {
  const auto* table = std::get_if<Table>(&value.data);
  if (table == nullptr) return place.refuse(value, "a table for each, like [namespace.chat]");
  for (const Member& member : *table) read_namespace(member, place.below(member.name), out);
}

}  // namespace stoa::manifest
