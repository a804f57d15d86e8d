// Which plugin's code stands at an address: for a signal handler.
#pragma once

#include <cstdint>

#include "stoa/plugin.h"

namespace stoa::plugin {

// A library that holds a plugin's code. Its texts live as long as the process.
struct CodeOwner {
  const char* name;
  const char* version;
};

// Notes where the library is mapped whose descriptor this is (or a copy of it); it stays mapped
// until the process ends. Any thread. What comes after the 256th library is not noted.
void note_code(const stoa_plugin_descriptor& descriptor) noexcept;

// The library that `address` lies in, or null. Async-signal-safe.
[[nodiscard]] const CodeOwner* code_at(uintptr_t address) noexcept;

}  // namespace stoa::plugin
