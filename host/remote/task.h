// What a guest is to be.
#pragma once

#include <string>

#include "remote/confinement.h"
#include "remote/record.h"

namespace stoa::remote {

// It reaches the guest over its socket, for arguments and environment can be read by others.
struct Task {
  std::string ns;
  std::string version;  // by which the manifest tells it from others
  std::string config_json = "{}";
  Confinement confinement;
  bool describe = false;  // it says what its plugin is, and that is all
};

void write(std::string& buffer, const Task& task);
// Throws Nonsense.
[[nodiscard]] Task read_task(const Record& record);

}  // namespace stoa::remote
