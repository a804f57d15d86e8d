#include "plugin/private_copy.h"

#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>
#include <vector>

#include "report/startup_error.h"

namespace stoa::plugin {

namespace {

std::vector<std::filesystem::path> places() {
  if (const char* chosen = ::getenv("STOA_CACHE_DIR")) return {chosen};
  std::vector<std::filesystem::path> found;
  if (const char* runtime = ::getenv("XDG_RUNTIME_DIR")) found.emplace_back(runtime);
  found.emplace_back("/run/stoa");
  if (const char* temporary = ::getenv("TMPDIR")) found.emplace_back(temporary);
  found.emplace_back("/tmp");
  found.emplace_back("/var/tmp");
  return found;
}

// Returns the new directory, or an empty path after a reason was added to `reasons`.
std::filesystem::path make_directory(const std::filesystem::path& place, std::string& reasons) {
  struct statvfs mount {};
  const bool exists = ::statvfs(place.c_str(), &mount) == 0;
  if (exists && (mount.f_flag & ST_NOEXEC) != 0) {
    reasons += "; " + place.string() + " is mounted noexec";
    return {};
  }
  std::string pattern = (place / "stoa-plugin-XXXXXX").string();
  if (exists && ::mkdtemp(pattern.data())) return pattern;
  reasons += "; " + place.string() + ": " + std::strerror(errno);
  return {};
}

std::filesystem::path make_directory() {
  std::string reasons;
  for (const std::filesystem::path& place : places()) {
    std::filesystem::path made = make_directory(place, reasons);
    if (!made.empty()) return made;
  }
  throw report::StartupError(
      "there is no directory to load plugins from: set STOA_CACHE_DIR to one that this user can "
      "write and that allows execution" +
      reasons);
}

void write_file(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream out(path, std::ios::binary);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!out.flush()) {
    throw report::StartupError("cannot write \"" + path.string() + "\": is the disk full?");
  }
}

}  // namespace

PrivateCopy::PrivateCopy(std::string_view bytes, const std::string& name)
    : directory_(make_directory()), path_(directory_ / name) {
  try {
    write_file(path_, bytes);
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
    throw;
  }
}

PrivateCopy::PrivateCopy(PrivateCopy&& other) noexcept
    : directory_(std::exchange(other.directory_, {})), path_(std::move(other.path_)) {}

PrivateCopy::~PrivateCopy() {
  // Best effort: what remains of it lies in a directory that the system empties.
  std::error_code ignored;
  if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
}

void PrivateCopy::rename(const std::string& name) {
  std::filesystem::rename(path_, directory_ / name);
  path_ = directory_ / name;
}

}  // namespace stoa::plugin
