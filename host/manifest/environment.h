// Variables of the environment that replace values of the manifest.
#pragma once

#include <string>
#include <string_view>

#include "manifest/key.h"
#include "manifest/manifest.h"

namespace stoa::manifest {

// STOA_SERVER_LISTEN for the key `listen` of [server].
[[nodiscard]] std::string variable_name(std::string_view table, std::string_view key);

// The variable's text as the value that a key of that shape has in the file. Texts of a list stand
// between commas.
[[nodiscard]] Value variable_value(std::string_view text, Shape shape);

// Reads the variables of every key of `table` into `out`. Their problems carry their names.
template <class Owner>
void read_environment(std::string_view table, const Place& root, const Keys<Owner>& keys,
                      const Environment& environment, Owner& out) {
  for (const Key<Owner>& key : keys) {
    const Place place{variable_name(table, key.name), root.directory, root.headers, root.problems};
    if (const auto text = environment(place.key)) {
      key.store(variable_value(*text, key.shape), place, out);
    }
  }
}

}  // namespace stoa::manifest
