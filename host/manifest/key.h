// A key of the manifest: its name, what it may be, and where its value goes.
//
// The schema is made of tables of these, and everything that knows keys is made from the schema:
// reading, the suggestion for an unknown key, the variables of the environment, and the test of
// conf/stoa.toml.
#pragma once

#include <algorithm>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "manifest/document.h"
#include "manifest/problems.h"

namespace stoa::manifest {

// Where a value stands, and what its reading needs.
struct Place {
  std::string key;                          // in full, as problems name it
  const std::filesystem::path& directory;   // what relative paths are relative to
  const std::vector<std::string>& headers;  // that are kept of requests beside the well-known ones
  Problems& problems;

  // The place of a member or an item of the value that stands here.
  [[nodiscard]] Place below(std::string_view name) const;
  [[nodiscard]] Place item(std::size_t index) const;
  // The problem "found VALUE, want WANTED".
  void refuse(const Value& value, std::string_view wanted) const;
  // The problem of a key that is not among `known`.
  void refuse_unknown(const Member& member, const std::vector<std::string_view>& known) const;
};

// What a variable of the environment holds for a key.
enum class Shape { kNumber, kText, kTexts, kTable };

template <class Owner>
struct Key {
  std::string_view name;
  Shape shape;
  bool required;
  std::string wanted;  // finishes the sentence "found ..., want ..."
  // Stores the value, or adds a problem.
  std::function<void(const Value&, const Place&, Owner&)> store;
};

template <class Owner>
using Keys = std::vector<Key<Owner>>;

template <class Owner>
std::vector<std::string_view> names(const Keys<Owner>& keys) {
  std::vector<std::string_view> out;
  for (const Key<Owner>& key : keys) out.push_back(key.name);
  return out;
}

// The problem of a table at `place` that lacks `key`.
template <class Owner>
void refuse_missing(const Key<Owner>& key, Position at, const Place& place) {
  place.problems.add(at, place.below(key.name).key, "missing, want " + key.wanted);
}

// Reads the table that stands at `place` (`at`, for what is missing) into `out`.
template <class Owner>
void read_table(const Table& table, Position at, const Place& place, const Keys<Owner>& keys,
                Owner& out) {
  for (const Member& member : table) {
    const auto key = std::ranges::find(keys, member.name, &Key<Owner>::name);
    if (key == keys.end()) {
      place.refuse_unknown(member, names(keys));
    } else {
      key->store(member.value, place.below(member.name), out);
    }
  }
  for (const Key<Owner>& key : keys) {
    if (key.required && find(table, key.name) == nullptr) refuse_missing(key, at, place);
  }
}

}  // namespace stoa::manifest
