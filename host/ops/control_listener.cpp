#include "ops/control_listener.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <string>
#include <thread>
#include <utility>

#include "ops/unix_address.h"
#include "report/startup_error.h"

namespace stoa::ops {
namespace {

namespace fs = std::filesystem;
using plugin::FileDescriptor;

// More clients at a time than there are people who look after one server.
constexpr int kBacklog = 16;
// Another server takes far less to start listening. Who may read the folder can hold its lock for
// ever, and must not keep a server from starting by that.
constexpr std::chrono::milliseconds kLockPatience(1'000);
constexpr std::chrono::milliseconds kLockPause(10);

[[noreturn]] void cannot_listen(const fs::path& path, const std::string& why) {
  throw report::StartupError("control.socket: cannot listen on " + path.string() + ": " + why);
}

FileDescriptor make_socket(const fs::path& path) {
  FileDescriptor made(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!made.open()) cannot_listen(path, std::strerror(errno));
  return made;
}

// The folder, locked while it is open: two servers that start at a time would each take the
// other's new file for one that a crash left.
FileDescriptor lock_folder(const fs::path& path) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  FileDescriptor locked(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!locked.open() && (errno == ENOENT || errno == ENOTDIR)) {
    cannot_listen(path, "there is no folder " + folder.string() + ": make it first");
  }
  for (auto waited = kLockPause; locked.open() && waited < kLockPatience; waited += kLockPause) {
    if (::flock(locked.number(), LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) break;
    std::this_thread::sleep_for(kLockPause);
  }
  return locked;
}

// Removes a socket behind which nobody is.
void make_room(const fs::path& path, const UnixAddress& address) {
  struct stat there {};
  if (::lstat(path.c_str(), &there) != 0) return;  // bind() says what is wrong, if anything is
  if (!S_ISSOCK(there.st_mode)) {
    cannot_listen(path, "it is there and no socket: remove it, or name another path");
  }
  const FileDescriptor probe = make_socket(path);
  if (::connect(probe.number(), address.generic(), UnixAddress::size()) == 0 || errno == EAGAIN) {
    cannot_listen(path, "a server is running there already: stop it, or name another path");
  }
  if (errno != ECONNREFUSED) {
    cannot_listen(path, std::string("it is there, and asking who is behind it failed (") +
                            std::strerror(errno) + "): remove it, or name another path");
  }
  ::unlink(path.c_str());
}

}  // namespace

ControlListener::ControlListener(fs::path path, mode_t mode) : path_(std::move(path)) {
  const auto address = unix_address(path_);
  if (!address) {
    cannot_listen(path_, "a socket's path has 1 to " + std::to_string(kMaxUnixPath) + " bytes");
  }
  const FileDescriptor lock = lock_folder(path_);
  make_room(path_, *address);
  socket_ = make_socket(path_);
  // The mode of the open socket, without what the umask takes away, becomes that of the file.
  ::fchmod(socket_.number(), mode);
  if (::bind(socket_.number(), address->generic(), UnixAddress::size()) != 0) {
    cannot_listen(path_, std::strerror(errno));
  }
  struct stat ours {};
  if (::lstat(path_.c_str(), &ours) == 0) {
    device_ = ours.st_dev;
    inode_ = ours.st_ino;
  }
  if (::fchmodat(AT_FDCWD, path_.c_str(), mode, AT_SYMLINK_NOFOLLOW) != 0 ||
      ::listen(socket_.number(), kBacklog) != 0) {
    const int error = errno;
    close();
    cannot_listen(path_, std::strerror(error));
  }
}

FileDescriptor ControlListener::accept() const noexcept {
  return FileDescriptor(
      ::accept4(socket_.number(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
}

void ControlListener::close() noexcept {
  if (!socket_.open()) return;
  struct stat there {};
  const bool ours =
      ::lstat(path_.c_str(), &there) == 0 && there.st_dev == device_ && there.st_ino == inode_;
  if (ours) ::unlink(path_.c_str());
  socket_.close();
}

}  // namespace stoa::ops
