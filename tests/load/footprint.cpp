#include "footprint.h"

#include <filesystem>
#include <fstream>
#include <string>

namespace stoa::load {

Footprint footprint_of(pid_t pid) {
  const std::filesystem::path folder = "/proc/" + std::to_string(pid);
  Footprint found;
  std::ifstream file(folder / "status");
  for (std::string word; file >> word;) {
    if (word == "VmRSS:") file >> found.resident_kb;
    if (word == "RssAnon:") file >> found.anonymous_kb;
    if (word == "Threads:") file >> found.threads;
  }
  std::error_code gone;
  for (auto it = std::filesystem::directory_iterator(folder / "fd", gone);
       it != std::filesystem::directory_iterator(); it.increment(gone)) {
    ++found.descriptors;
  }
  return found;
}

}  // namespace stoa::load
