#include "footprint.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace stoa::load {
namespace {

namespace fs = std::filesystem;

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

// 0 if the file or the word is not there.
uint64_t number_after(const std::string& wanted, const fs::path& path) {
  std::ifstream file(path);
  uint64_t number = 0;
  for (std::string word; file >> word;) {
    if (word == wanted && file >> number) return number;
  }
  return 0;
}

}  // namespace

Footprint footprint_of(pid_t pid) {
  const fs::path folder = "/proc/" + std::to_string(pid);
  Footprint found;
  std::ifstream file(folder / "status");
  for (std::string word; file >> word;) {
    if (word == "VmRSS:") file >> found.resident_kb;
    if (word == "RssAnon:") file >> found.anonymous_kb;
    if (word == "Threads:") file >> found.threads;
  }
  std::error_code gone;
  for (auto it = fs::directory_iterator(folder / "fd", gone); it != fs::directory_iterator();
       it.increment(gone)) {
    ++found.descriptors;
  }
  return found;
}

Footprint least_footprint_of(pid_t pid, std::chrono::milliseconds time) {
  Footprint least = footprint_of(pid);
  const auto deadline = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < deadline) {
    const Footprint now = footprint_of(pid);
    least.resident_kb = std::min(least.resident_kb, now.resident_kb);
    least.anonymous_kb = std::min(least.anonymous_kb, now.anonymous_kb);
    least.threads = std::min(least.threads, now.threads);
    least.descriptors = std::min(least.descriptors, now.descriptors);
  }
  return least;
}

uint64_t shared_mappings_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/maps");
  uint64_t count = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.find(" rw-s ") != std::string::npos) ++count;
  }
  return count;
}

uint64_t proportional_kb_of(pid_t pid) {
  return number_after("Pss:", fs::path("/proc") / std::to_string(pid) / "smaps_rollup");
}

uint64_t sleeps_of(pid_t pid) {
  uint64_t count = 0;
  std::error_code gone;
  const fs::path tasks = fs::path("/proc") / std::to_string(pid) / "task";
  for (auto it = fs::directory_iterator(tasks, gone); it != fs::directory_iterator();
       it.increment(gone)) {
    count += number_after("voluntary_ctxt_switches:", it->path() / "status");
  }
  return count;
}

// Their parent is the second field behind the name in parentheses, their state the first.
std::vector<Child> children_of(pid_t pid) {
  std::vector<Child> found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (!is_number(name)) continue;
    std::ifstream file(entry.path() / "stat");
    std::string line;
    std::getline(file, line);
    const std::size_t end = line.rfind(')');
    if (end == std::string::npos) continue;
    std::istringstream fields(line.substr(end + 1));
    char state = 0;
    pid_t parent = 0;
    fields >> state >> parent;
    if (parent == pid) found.push_back({std::stoi(name), state == 'Z'});
  }
  return found;
}

}  // namespace stoa::load
