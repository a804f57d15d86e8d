// What is done with an input: everything that the host does with it, and then what must hold of the
// result. Throws if it does not.
#pragma once

#include <stdexcept>
#include <string_view>

namespace stoa::fuzz {

// A frame: parsed, written, parsed again.
void fuzz_message(std::string_view input);

// A query string: decoded, and asked for the headers it smuggles.
void fuzz_query(std::string_view input);

// A manifest; what follows a NUL byte is the value of every variable of the environment.
void fuzz_manifest(std::string_view input);

// Bytes from a plugin in a process of its own: calls, performed on a host without a server.
void fuzz_guest(std::string_view input);

inline void must(bool holds, const char* what) {
  if (!holds) throw std::logic_error(what);
}

}  // namespace stoa::fuzz
