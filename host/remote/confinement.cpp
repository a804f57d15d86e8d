#include "remote/confinement.h"

#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "remote/system_calls.h"
#include "report/startup_error.h"

namespace stoa::remote {

namespace {

using report::StartupError;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif
#else
constexpr bool kSanitized = false;
#endif

void need(int result, const std::string& what) {
  if (result == 0) return;
  const int error = errno;
  throw StartupError("cannot " + what + ": " + ::strerror(error) + " (errno " +
                     std::to_string(error) + ")");
}

std::vector<uint32_t> groups_of(const std::string& user, gid_t gid) {
  std::vector<gid_t> groups(32);
  for (int count = static_cast<int>(groups.size());
       ::getgrouplist(user.c_str(), gid, groups.data(), &count) < 0;) {
    groups.resize(std::max(static_cast<std::size_t>(count), groups.size() * 2));
    count = static_cast<int>(groups.size());
  }
  int count = static_cast<int>(groups.size());
  ::getgrouplist(user.c_str(), gid, groups.data(), &count);
  return {groups.begin(), groups.begin() + count};
}

bool filters(const Confinement& confinement) {
  return confinement.seccomp || !confinement.network;
}

// A limit beyond the one that holds already changes nothing.
void limit(__rlimit_resource_t resource, uint64_t most, uint64_t slack, const std::string& what) {
  rlimit found{};
  need(::getrlimit(resource, &found), "read the limit of " + what);
  const rlimit wanted{std::min<rlim_t>(most, found.rlim_max),
                      std::min<rlim_t>(most + slack, found.rlim_max)};
  need(::setrlimit(resource, &wanted), "limit " + what + " to " + std::to_string(most));
}

void set_limits(const Confinement& to) {
  if (to.memory_bytes != 0 && !kSanitized) limit(RLIMIT_DATA, to.memory_bytes, 0, "memory");
  // The first limit is a signal that says why, the second is the end.
  if (to.cpu_seconds != 0) limit(RLIMIT_CPU, to.cpu_seconds, 1, "CPU seconds");
  if (to.open_files != 0) limit(RLIMIT_NOFILE, to.open_files, 0, "open files");
  if (to.threads != 0) limit(RLIMIT_NPROC, to.threads, 0, "threads");
  limit(RLIMIT_CORE, to.core ? RLIM_INFINITY : 0, 0, "core files");
}

void become(const User& user) {
  if (user.uid == ::getuid() && user.uid == ::geteuid()) return;
  const std::string what = "become user \"" + user.name + "\"";
  need(::setgroups(user.groups.size(), user.groups.data()), what + " with its groups");
  need(::setresgid(user.gid, user.gid, user.gid), what);
  need(::setresuid(user.uid, user.uid, user.uid), what);
  // -1 is no user: the calls then leave everything as it is.
  if (::geteuid() == user.uid && ::getegid() == user.gid) return;
  errno = EINVAL;
  need(-1, what);
}

}  // namespace

User find_user(const std::string& name) {
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 16 * 1024> texts;
  const int error = ::getpwnam_r(name.c_str(), &entry, texts.data(), texts.size(), &found);
  if (error != 0) {
    throw StartupError("cannot look up the user \"" + name + "\": " + ::strerror(error));
  }
  if (!found) {
    throw StartupError("there is no user \"" + name +
                       "\" on this machine: create it (useradd "
                       "--system), or leave the user out");
  }
  return {name, entry.pw_uid, entry.pw_gid, groups_of(name, entry.pw_gid)};
}

void check(const Confinement& wanted) {
  const bool root = ::geteuid() == 0;
  if (wanted.user && !root && wanted.user->uid != ::geteuid()) {
    throw StartupError("a plugin cannot run as user \"" + wanted.user->name +
                       "\": this server does not run as root; start it as root, or leave the user "
                       "out");
  }
  if (wanted.threads != 0 && (!wanted.user || wanted.user->uid == 0)) {
    throw StartupError(
        "a limit of threads counts all of a user's, and not root's: name a user, for "
        "this plugin alone");
  }
  const bool stays_root = root && (!wanted.user || wanted.user->uid == 0);
  if (filters(wanted) && !wanted.no_new_privileges && !stays_root) {
    throw StartupError(
        "system calls and network can only be denied to a plugin that gains no new "
        "privileges, unless it runs as root: switch no_new_privileges on");
  }
  if (wanted.nice < 0 || wanted.nice > 19) {
    throw StartupError("nice is from 0 to 19, not " + std::to_string(wanted.nice));
  }
}

void confine(const Confinement& wanted) {
  if (wanted.nice != 0) {
    need(::setpriority(PRIO_PROCESS, 0, wanted.nice), "be nice " + std::to_string(wanted.nice));
  }
  set_limits(wanted);
  if (wanted.user) become(*wanted.user);
  // To become another user would undo both.
  need(::prctl(PR_SET_PDEATHSIG, SIGKILL), "end with the host");
  need(::prctl(PR_SET_DUMPABLE, wanted.core ? 1 : 0), "say whether there may be a core file");
  if (wanted.no_new_privileges)
    need(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "gain no privileges");
  if (wanted.seccomp) deny_sight_of_others();
  deny_system_calls(wanted);
}

}  // namespace stoa::remote
