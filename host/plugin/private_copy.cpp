#include "plugin/private_copy.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
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

constexpr std::string_view kPrefix = "stoa-plugin-";

// Holds the lock of a directory, or is closed if somebody else has it.
FileDescriptor lock(const std::filesystem::path& directory) {
  FileDescriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (opened.open() && ::flock(opened.number(), LOCK_EX | LOCK_NB) != 0) opened.close();
  return opened;
}

// A directory is made a moment before it is locked, so that a young one is left alone.
bool left_behind(const std::filesystem::directory_entry& entry) {
  if (!entry.path().filename().string().starts_with(kPrefix)) return false;
  struct stat status {};
  if (::lstat(entry.path().c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return false;
  return status.st_uid == ::geteuid() && ::time(nullptr) - status.st_mtime > 60;
}

void clear_away(const std::filesystem::path& place) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(place, ignored)) {
    if (!left_behind(entry)) continue;
    const FileDescriptor ours = lock(entry.path());
    if (ours.open()) std::filesystem::remove_all(entry.path(), ignored);
  }
}

// Returns the new directory, or an empty path after a reason was added to `reasons`.
std::filesystem::path make_directory(const std::filesystem::path& place, std::string& reasons) {
  struct statvfs mount {};
  const bool exists = ::statvfs(place.c_str(), &mount) == 0;
  if (exists && (mount.f_flag & ST_NOEXEC) != 0) {
    reasons += "; " + place.string() + " is mounted noexec";
    return {};
  }
  std::string pattern = (place / (std::string(kPrefix) + "XXXXXX")).string();
  if (exists) clear_away(place);
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
  errno = 0;
  std::ofstream out(path, std::ios::binary);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!out.flush()) {
    throw report::StartupError("cannot write \"" + path.string() + "\": " + std::strerror(errno));
  }
  // A process of another user is handed the open file, and must be able to open it again; into the
  // directory it cannot look.
  if (::chmod(path.c_str(), 0644) != 0) {
    throw report::StartupError("cannot make \"" + path.string() +
                               "\" readable: " + std::strerror(errno));
  }
}

}  // namespace

PrivateCopy::PrivateCopy(std::string_view bytes, const std::string& name)
    : directory_(make_directory()), lock_(lock(directory_)), path_(directory_ / name) {
  try {
    write_file(path_, bytes);
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
    throw;
  }
}

PrivateCopy::PrivateCopy(PrivateCopy&& other) noexcept
    : directory_(std::exchange(other.directory_, {})),
      lock_(std::move(other.lock_)),
      path_(std::move(other.path_)) {}

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
