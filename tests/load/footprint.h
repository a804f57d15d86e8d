// What a process has of the system, read from /proc.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <vector>

namespace stoa::load {

struct Footprint {
  uint64_t resident_kb = 0;   // VmRSS
  uint64_t anonymous_kb = 0;  // of that, what is no file: RssAnon
  uint64_t threads = 0;
  uint64_t descriptors = 0;
};

// All zero if it is gone.
[[nodiscard]] Footprint footprint_of(pid_t pid);
// The least of each within `time`: what is there for a moment only does not count.
[[nodiscard]] Footprint least_footprint_of(pid_t pid, std::chrono::milliseconds time);

// Mappings that other processes could share and change.
[[nodiscard]] uint64_t shared_mappings_of(pid_t pid);

// Its share of the memory that it has together with others, and all of what is its own.
[[nodiscard]] uint64_t proportional_kb_of(pid_t pid);
// How often its threads went to sleep so far.
[[nodiscard]] uint64_t sleeps_of(pid_t pid);

struct Child {
  pid_t pid = 0;
  bool zombie = false;
};

[[nodiscard]] std::vector<Child> children_of(pid_t pid);

}  // namespace stoa::load
