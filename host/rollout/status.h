// What an operator sees of the namespaces and their versions.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "rollout/running.h"
#include "rollout/scene.h"
#include "routing/call_stats.h"

namespace stoa::rollout {

struct VersionStatus {
  std::string name;
  Build build;        // without its library
  std::string file;   // the plugin's, in the manifest
  std::string state;  // "serving", "waiting" (nobody new comes to it), "leaving" or "out"
  uint32_t weight = 0;
  std::size_t matches = 0;
  uint32_t members = 0;
  routing::CallSums sums;
  std::chrono::system_clock::time_point since;
};

struct NamespaceStatus {
  std::string name;
  std::string stable;
  std::string note;
  std::string schedule;
  bool paused = false;
  uint32_t members = 0;
  std::vector<VersionStatus> versions;
};

// A library that no version runs any more.
struct Retired {
  Build build;
  std::size_t bytes = 0;
  std::chrono::system_clock::time_point last_used;
};

struct Status {
  uint64_t rollout = 0;
  bool draining = false;
  std::filesystem::path manifest;
  std::vector<NamespaceStatus> namespaces;
  std::vector<Retired> retired;
};

[[nodiscard]] NamespaceStatus status_of(const Running& running);

}  // namespace stoa::rollout
