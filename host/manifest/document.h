// A TOML document as a tree of plain values that know where they stand. The one door to toml++.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "manifest/problems.h"

namespace stoa::manifest {

struct Member;
struct Value;

// A date, a time or both, as TOML and ISO 8601 write it.
struct Moment {
  std::string text;
};

using Array = std::vector<Value>;
using Table = std::vector<Member>;  // in the order of the file

struct Value {
  Position at;
  std::variant<std::string, int64_t, double, bool, Moment, Array, Table> data;
};

struct Member {
  Position at;  // of the name
  std::string name;
  Value value;
};

// The member of that name; null if there is none.
[[nodiscard]] const Member* find(const Table& table, std::string_view name);

// Reads a document. Text that is not TOML is one problem (the parser stops at the first), and
// leaves the result empty. A name that is given a second time is a problem too, but the rest is
// read without it.
[[nodiscard]] std::optional<Table> read_document(std::string_view text, Problems& problems);

// The value as a problem's sentence names it: `"text"`, `7`, `a table`. Long texts are cut.
[[nodiscard]] std::string description(const Value& value);

// The name as it stands in a key: bare if TOML allows, else in quotes.
[[nodiscard]] std::string as_key(std::string_view name);

}  // namespace stoa::manifest
