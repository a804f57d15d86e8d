// What is remembered of rollouts over a restart.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "plugin/digests.h"
#include "plugin/file_descriptor.h"
#include "report/log.h"
#include "rollout/history.h"

namespace stoa::rollout {

// Throws report::StartupError if the copies of libraries that are kept in `folder` would lie within
// the folder `plugins`, or that one within theirs.
void keep_apart(const std::filesystem::path& folder, const std::filesystem::path& plugins);

// A folder with the history, rollouts.json, and a copy of each library that it names, so that a
// rollback finds what served then also if the operator's file is another one by now. Without a
// folder nothing is remembered. What goes wrong here is an error in the log and never stops the
// server, but for a folder that another server uses, or that has the operator's plugins. Used by
// one thread at a time.
class Memory {
 public:
  // `folder` may be empty; else it is made, for this user only, if it is not there. `plugins` is
  // the operator's folder of plugins. Throws report::StartupError if another process has the
  // folder, or as keep_apart().
  Memory(std::filesystem::path folder, const std::filesystem::path& plugins, report::Log& log);

  // What was remembered last, oldest first. A file that cannot be understood is put aside.
  [[nodiscard]] std::vector<Rollout> recall();
  // Of which version, made of which library, processes crashed since the last forget_crashes().
  // Crashes of this one are noted from now on, too.
  struct Crash {
    std::string ns;
    std::string version;
    std::string sha256;
  };
  [[nodiscard]] std::vector<Crash> crashes();
  // They are judged, and what came of it is remembered.
  void forget_crashes();

  // Replaces it, whole or not at all, and forgets libraries that are not named any more.
  void remember(const std::vector<Rollout>& history);

  // Where the copies of libraries are, each named by its SHA-256.
  [[nodiscard]] std::filesystem::path libraries() const;

 private:
  void keep_libraries(const std::vector<Rollout>& history);
  void write(const std::string& text) const;

  const std::filesystem::path folder_;
  report::Log& log_;
  plugin::FileDescriptor lock_;  // not of the folder itself: that is the control socket's
  plugin::FileDescriptor crash_;
  plugin::Digests digests_;  // of the copies
};

}  // namespace stoa::rollout
