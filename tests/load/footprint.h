// What a process has of the system, read from /proc.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace stoa::load {

struct Footprint {
  uint64_t resident_kb = 0;   // VmRSS
  uint64_t anonymous_kb = 0;  // of that, what is no file: RssAnon
  uint64_t threads = 0;
  uint64_t descriptors = 0;
};

// All zero if it is gone.
[[nodiscard]] Footprint footprint_of(pid_t pid);

}  // namespace stoa::load
