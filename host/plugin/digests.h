// The SHA-256 of files that are asked for again and again.
#pragma once

#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <string>

#include "plugin/file_descriptor.h"
#include "report/mutex.h"

namespace stoa::plugin {

// A file is read again only if the system says that it may have changed: a reload looks at every
// plugin of the manifest, and most are what they were. Any thread.
class Digests {
 public:
  // Two changes within `tick` may have the same time: what is younger is not remembered.
  explicit Digests(std::chrono::milliseconds tick = std::chrono::seconds(2)) : tick_(tick) {}

  // Of the open file, which messages call `path`, in hexadecimal digits. Throws
  // report::StartupError as read_contents() does.
  [[nodiscard]] std::string of(const FileDescriptor& file, const std::filesystem::path& path);

 private:
  struct Known {
    struct stat file;
    std::string sha256;
  };
  [[nodiscard]] bool is_settled(const struct stat& file) const;
  [[nodiscard]] std::string known(const struct stat& file, const std::filesystem::path& path);

  const std::chrono::milliseconds tick_;
  report::Mutex mutex_;
  std::map<std::filesystem::path, Known> by_path_ GUARDED_BY(mutex_);
};

}  // namespace stoa::plugin
