// What an operator sees of the namespaces and their versions.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "rollout/replacements.h"
#include "rollout/running.h"
#include "rollout/scene.h"
#include "routing/call_stats.h"

namespace stoa::rollout {

struct VersionStatus {
  std::string name;
  Build build;       // without its library
  std::string file;  // the plugin's, in the manifest
  // "serving", "waiting" (nobody new comes to it), "leaving" or "out"; and of one whose process
  // failed, "failed" (another one comes soon) or "aside" (none does)
  std::string state;
  uint32_t weight = 0;
  std::size_t matches = 0;
  uint32_t members = 0;
  std::string run;         // "loop", "thread" or "process"
  uint64_t pid = 0;        // of its process; 0 if it has none
  uint64_t failures = 0;   // of its processes, since the server started
  std::string trouble;     // why the last of them failed
  uint64_t slow = 0;       // callbacks that took longer than they may
  std::size_t queued = 0;  // events that wait for its thread or process
  std::size_t queued_bytes = 0;
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

// A library that is mapped and that no version runs any more.
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

[[nodiscard]] NamespaceStatus status_of(const Running& running, const Replacements& replacements);

}  // namespace stoa::rollout
