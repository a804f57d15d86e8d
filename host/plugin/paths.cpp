#include "plugin/paths.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "report/startup_error.h"

namespace stoa::plugin {

namespace {

// O_NONBLOCK: a named pipe in the place of a library must not stop the server.
constexpr int kReadOnly = O_RDONLY | O_CLOEXEC | O_NONBLOCK;

// The C library has no function for this system call.
int openat2_beneath(int directory, const char* file) {
  open_how how{};
  how.flags = static_cast<decltype(how.flags)>(kReadOnly);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  return static_cast<int>(::syscall(SYS_openat2, directory, file, &how, sizeof how));
}

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& why) {
  throw report::StartupError("plugin \"" + file.string() + "\": " + why);
}

std::string reason_beneath(const std::filesystem::path& directory, int error) {
  switch (error) {
    case EXDEV:
      return "leads out of the plugin directory \"" + directory.string() +
             "\"; name a file beneath it, and let no symbolic link leave it";
    case ENOENT:
      return "there is no such file beneath the plugin directory \"" + directory.string() +
             "\"; put it there, or set [plugins] directory";
    case ENOSYS:
      return "this kernel has no openat2(); Linux 5.6 or newer is needed";
    default:
      return std::string("cannot be opened: ") + std::strerror(error);
  }
}

}  // namespace

std::filesystem::path library_name(std::string_view plugin) {
  std::filesystem::path name(plugin);
  if (name.extension() != ".so") name += ".so";
  return name;
}

FileDescriptor open_beneath(const std::filesystem::path& directory,
                            const std::filesystem::path& file) {
  const FileDescriptor base(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!base.open()) {
    throw report::StartupError("the plugin directory \"" + directory.string() +
                               "\" cannot be opened: " + std::strerror(errno) +
                               "; set [plugins] directory");
  }
  FileDescriptor opened(openat2_beneath(base.number(), file.c_str()));
  if (!opened.open()) refuse(file, reason_beneath(directory, errno));
  return opened;
}

FileDescriptor open_anywhere(const std::filesystem::path& file) {
  FileDescriptor opened(::open(file.c_str(), kReadOnly));
  if (!opened.open()) refuse(file, std::string("cannot be opened: ") + std::strerror(errno));
  return opened;
}

std::vector<Complaint> ownership_complaints(const FileDescriptor& file) {
  struct stat status {};
  if (::fstat(file.number(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return {{"is not a regular file", "name the library itself"}};
  }
  std::vector<Complaint> found;
  if (status.st_uid != 0 && status.st_uid != ::geteuid()) {
    found.push_back({"belongs to user " + std::to_string(status.st_uid) +
                         ", and must belong to root or to the user of this process (" +
                         std::to_string(::geteuid()) + ")",
                     "chown it"});
  }
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    found.push_back({"can be written by others than its owner", "chmod go-w it"});
  }
  return found;
}

}  // namespace stoa::plugin
