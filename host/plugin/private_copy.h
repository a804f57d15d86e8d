// A plugin's file where nobody else can change it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "plugin/file_descriptor.h"

namespace stoa::plugin {

// A copy in a directory of its own, which only this user can enter. Both are removed with this
// object; what the loader has mapped by then stays mapped. Copying is necessary: the loader takes a
// new file at a known path for the one it has already, and cutting a mapped file short kills the
// process.
//
// The directory is made in $STOA_CACHE_DIR, or else in the first of $XDG_RUNTIME_DIR, /run/stoa,
// $TMPDIR, /tmp and /var/tmp that exists and allows execution. It is locked as long as this object
// lives; one that is not was left behind by a process that crashed, and is removed when the next is
// made in the same place.
class PrivateCopy {
 public:
  // Throws report::StartupError if there is no such place or it is full.
  PrivateCopy(std::string_view bytes, const std::string& name);
  ~PrivateCopy();
  PrivateCopy(PrivateCopy&& other) noexcept;
  PrivateCopy& operator=(PrivateCopy&&) = delete;

  void rename(const std::string& name);
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path directory_;  // empty after it was moved from
  FileDescriptor lock_;
  std::filesystem::path path_;
};

}  // namespace stoa::plugin
