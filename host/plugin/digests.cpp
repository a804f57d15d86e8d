#include "plugin/digests.h"

#include <cerrno>
#include <chrono>
#include <cstring>

#include "plugin/contents.h"
#include "report/startup_error.h"

namespace stoa::plugin {

namespace {

struct stat stat_of(const FileDescriptor& file, const std::filesystem::path& path) {
  struct stat found {};
  if (::fstat(file.number(), &found) == 0) return found;
  throw report::StartupError("plugin \"" + path.string() +
                             "\": cannot be looked at: " + std::strerror(errno));
}

bool same(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

// The time of its last change is the system's: nobody can set it back, as one can st_mtim.
bool unchanged(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size &&
         same(a.st_ctim, b.st_ctim) && same(a.st_mtim, b.st_mtim);
}

}  // namespace

std::string Digests::of(const FileDescriptor& file, const std::filesystem::path& path) {
  const struct stat before = stat_of(file, path);
  std::string digest = known(before, path);
  if (!digest.empty()) return digest;
  digest = sha256_hex(read_contents(file, path));
  if (!is_settled(before) || !unchanged(before, stat_of(file, path))) return digest;
  const report::MutexLock lock(mutex_);
  by_path_.insert_or_assign(path, Known{before, digest});
  return digest;
}

bool Digests::is_settled(const struct stat& file) const {
  using std::chrono::system_clock;
  const auto changed = system_clock::from_time_t(file.st_ctim.tv_sec) +
                       std::chrono::duration_cast<system_clock::duration>(
                           std::chrono::nanoseconds(file.st_ctim.tv_nsec));
  return system_clock::now() - changed > tick_;
}

// Empty if it is not known.
std::string Digests::known(const struct stat& file, const std::filesystem::path& path) {
  const report::MutexLock lock(mutex_);
  const auto at = by_path_.find(path);
  return at != by_path_.end() && unchanged(at->second.file, file) ? at->second.sha256
                                                                  : std::string();
}

}  // namespace stoa::plugin
