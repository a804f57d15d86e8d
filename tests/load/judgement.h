// What a test under load comes to: counts that are judged, and times that are shown.
#pragma once

#include <cstdint>
#include <string>

#include "kit/server.h"

namespace stoa::load {

// What went wrong, and the first words of it.
struct Mistakes {
  uint64_t count = 0;
  std::string first;

  void add(const std::string& what) {
    if (count++ == 0) first = what;
  }
};

// Says what a check came to; returns whether it is as it should be.
bool judge(bool good, const std::string& what);

// Ends the server, which must end well, and shows its log if something was not `good`.
bool judge_end(kit::Server& server, bool good);

}  // namespace stoa::load
