// What a guest may not do, and how much of everything it may have.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace stoa::remote {

// A user of this machine, looked up by the host: the guest opens no file for it.
struct User {
  std::string name;
  uint32_t uid = 0;
  uint32_t gid = 0;
  std::vector<uint32_t> groups;  // all of them
};

// Throws report::StartupError if there is no such user.
[[nodiscard]] User find_user(const std::string& name);

// Applied by the guest to itself, before any code of the plugin's runs. What follows is all there
// is: files are protected by the user's rights only, and an AF_UNIX socket can still be connected
// to.
struct Confinement {
  std::optional<User> user;       // none: the host's own. Needs a host that runs as root
  bool no_new_privileges = true;  // no setuid program gives it any
  // Denies, with EPERM, what no plugin needs and what attacks on a kernel begin with: see
  // system_calls.cpp. New programs and processes too, but not threads. With it goes the sight of
  // the host that /proc gives to the same user, if the kernel has Landlock.
  bool seccomp = true;
  // False: socket() gives nothing but AF_UNIX, and EACCES for all others. Holds without `seccomp`
  // too.
  bool network = true;

  // Of each, 0 is no limit beyond the host's own.
  //
  // RLIMIT_DATA: what it allocates, stacks of its threads and all, whether touched or not. An
  // allocation beyond it fails, which most plugins do not survive. Memory that is mapped as shared
  // is not counted: this stops a leak, not malice. Under AddressSanitizer and ThreadSanitizer,
  // whose own memory would count, it is not set.
  uint64_t memory_bytes = 0;
  uint64_t cpu_seconds = 0;  // RLIMIT_CPU: used since it was started, by all its threads together
  uint64_t open_files = 0;   // RLIMIT_NOFILE: highest descriptor + 1; the host's own 5 count
  // RLIMIT_NPROC: threads and processes of its user, of which it is hoped to be the only one; one
  // thread is the host's. The system does not count root's, so this needs a `user`.
  uint64_t threads = 0;
  int32_t nice = 0;  // 0..19, for the processor
  // Its memory may be written to a core file when it crashes, and be looked at by its user's
  // debuggers. Where the file goes is the system's choice (kernel.core_pattern).
  bool core = false;
};

// Throws report::StartupError, which says what to do, if this cannot be had: here and now, before
// there is a guest.
void check(const Confinement& confinement);

// The guest's side: confines this process for the rest of its life. Throws report::StartupError
// that names the first thing that the system refused, and its errno.
// REQUIRES: no thread of ours runs yet.
void confine(const Confinement& confinement);

}  // namespace stoa::remote
