// What a plugin declares, as values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "plugin/complaint.h"
#include "stoa/plugin.h"

namespace stoa::plugin {

// All that the host needs to know of a library whose code does not run in this process.
struct Description {
  std::string name;
  std::string version;
  uint32_t abi_major = 0;
  uint32_t abi_minor = 0;
  uint32_t flags = 0;
  uint64_t handles = 0;
  std::vector<std::string> events;

  friend bool operator==(const Description& a, const Description& b) {
    return a.name == b.name && a.version == b.version && a.abi_major == b.abi_major &&
           a.abi_minor == b.abi_minor && a.flags == b.flags && a.handles == b.handles &&
           a.events == b.events;
  }
};

// REQUIRES: read_descriptor() found nothing wrong with it.
[[nodiscard]] Description describe(const stoa_plugin_descriptor& descriptor);

// As text, which a child writes, and back. A plugin's code ran in that child, so that what comes
// from there may be anything: the host believes no more of it than it would of a descriptor. None
// if it is nothing that describe() could have returned.
[[nodiscard]] std::string to_text(const Description& description);
[[nodiscard]] std::optional<Description> description_from(const std::string& text);

}  // namespace stoa::plugin
