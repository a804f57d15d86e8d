#include "remote/system_calls.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/sockios.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "plugin/file_descriptor.h"
#include "report/startup_error.h"

namespace stoa::remote {

namespace {

void need(int result, const char* what) {
  if (result == 0) return;
  throw report::StartupError(std::string("cannot deny system calls (") + what +
                             "): " + ::strerror(-result) +
                             "; a kernel with seccomp filters is needed, or \"seccomp\" switched "
                             "off");
}

// What it denies is said by rules; all else is allowed. A call by the numbers of another
// architecture ends the process.
class Filter {
 public:
  Filter() : context_(::seccomp_init(SCMP_ACT_ALLOW)) {
    if (!context_) need(-ENOMEM, "no memory");
    need(::seccomp_attr_set(context_.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS),
         "other architectures");
  }

  template <class... Conditions>
  void deny(int number, uint32_t error, Conditions... when) {
    need(
        ::seccomp_rule_add(context_.get(), SCMP_ACT_ERRNO(error), number, sizeof...(when), when...),
        "a rule");
  }

  void load(bool no_new_privileges) {
    need(::seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_NNP, no_new_privileges ? 1 : 0), "NNP");
    // A sanitizer has a thread already.
    need(::seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_TSYNC, 1), "TSYNC");
    need(::seccomp_load(context_.get()), "loading");
  }

 private:
  struct Release {
    void operator()(void* context) const { ::seccomp_release(context); }
  };
  std::unique_ptr<void, Release> context_;
};

// The kernel looks at the lower half of an int argument, so a filter must not look at more.
scmp_arg_cmp is_int(unsigned argument, uint32_t value) {
  return {argument, SCMP_CMP_MASKED_EQ, UINT32_MAX, value};
}

scmp_arg_cmp is_not(unsigned argument, uint64_t value) {
  return {argument, SCMP_CMP_NE, value, 0};
}

// Looking into other processes of the same user, and changing them: the host may be one.
constexpr int kOthers[] = {SCMP_SYS(ptrace),
                           SCMP_SYS(process_vm_readv),
                           SCMP_SYS(process_vm_writev),
                           SCMP_SYS(process_madvise),
                           SCMP_SYS(kcmp),
                           SCMP_SYS(pidfd_getfd),
                           SCMP_SYS(pidfd_send_signal),
                           SCMP_SYS(move_pages),
                           SCMP_SYS(migrate_pages),
                           SCMP_SYS(tkill)};

// What outlives a process that does not take it away.
constexpr int kLasting[] = {SCMP_SYS(shmget), SCMP_SYS(semget), SCMP_SYS(msgget),
                            SCMP_SYS(mq_open)};

// The machine: root's business, in case the guest is root.
constexpr int kMachine[] = {
    SCMP_SYS(reboot),        SCMP_SYS(kexec_load),   SCMP_SYS(kexec_file_load),
    SCMP_SYS(init_module),   SCMP_SYS(finit_module), SCMP_SYS(delete_module),
    SCMP_SYS(swapon),        SCMP_SYS(swapoff),      SCMP_SYS(acct),
    SCMP_SYS(quotactl),      SCMP_SYS(syslog),       SCMP_SYS(iopl),
    SCMP_SYS(ioperm),        SCMP_SYS(settimeofday), SCMP_SYS(clock_settime),
    SCMP_SYS(clock_adjtime), SCMP_SYS(adjtimex),     SCMP_SYS(sethostname),
    SCMP_SYS(setdomainname)};

// Another view of the file system, and files by other ways than their paths and rights.
constexpr int kMounts[] = {SCMP_SYS(mount),
                           SCMP_SYS(umount2),
                           SCMP_SYS(pivot_root),
                           SCMP_SYS(chroot),
                           SCMP_SYS(setns),
                           SCMP_SYS(unshare),
                           SCMP_SYS(open_tree),
                           SCMP_SYS(move_mount),
                           SCMP_SYS(fsopen),
                           SCMP_SYS(fsconfig),
                           SCMP_SYS(fsmount),
                           SCMP_SYS(fspick),
                           SCMP_SYS(mount_setattr),
                           SCMP_SYS(open_by_handle_at),
                           SCMP_SYS(name_to_handle_at)};

// Large and rarely needed parts of the kernel, in which its faults are found. io_uring also does
// what this filter never sees.
constexpr int kSurface[] = {SCMP_SYS(bpf),
                            SCMP_SYS(perf_event_open),
                            SCMP_SYS(userfaultfd),
                            SCMP_SYS(keyctl),
                            SCMP_SYS(add_key),
                            SCMP_SYS(request_key),
                            SCMP_SYS(modify_ldt),
                            SCMP_SYS(io_uring_setup),
                            SCMP_SYS(io_uring_enter),
                            SCMP_SYS(io_uring_register)};

// New programs and processes, and the way out of the process group that the host kills.
constexpr int kProcesses[] = {SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(fork),
                              SCMP_SYS(vfork),  SCMP_SYS(setsid),   SCMP_SYS(setpgid)};

constexpr uint64_t kOneProcess = 1;  // IOPRIO_WHO_PROCESS, which no header of the C library has

template <class Numbers>
void deny_all(Filter& filter, const Numbers& numbers) {
  for (const int number : numbers) filter.deny(number, EPERM);
}

// What is denied by its arguments only.
void deny_some(Filter& filter) {
  // Threads are allowed. A filter cannot see the arguments of clone3(): without it, the C library
  // calls clone().
  filter.deny(SCMP_SYS(clone), EPERM, scmp_arg_cmp{0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0});
  filter.deny(SCMP_SYS(clone3), ENOSYS);
  // Signals and limits of others.
  const auto self = static_cast<uint64_t>(::getpid());
  for (const int number :
       {SCMP_SYS(kill), SCMP_SYS(tgkill), SCMP_SYS(rt_sigqueueinfo), SCMP_SYS(rt_tgsigqueueinfo)}) {
    filter.deny(number, EPERM, is_not(0, self));
  }
  filter.deny(SCMP_SYS(prlimit64), EPERM, is_not(0, 0));
  // The same signals, sent by a descriptor that has something to read.
  for (const int command : {F_SETOWN, F_SETOWN_EX, F_SETSIG}) {
    filter.deny(SCMP_SYS(fcntl), EPERM, is_int(1, static_cast<uint32_t>(command)));
  }
  for (const int command : {FIOSETOWN, SIOCSPGRP}) {
    filter.deny(SCMP_SYS(ioctl), EPERM, is_int(1, static_cast<uint32_t>(command)));
  }
  // Who runs when, and where, but for the thread that says so.
  for (const int number : {SCMP_SYS(sched_setscheduler), SCMP_SYS(sched_setparam),
                           SCMP_SYS(sched_setattr), SCMP_SYS(sched_setaffinity)}) {
    filter.deny(number, EPERM, is_not(0, 0));
  }
  for (const int number : {SCMP_SYS(setpriority), SCMP_SYS(ioprio_set)}) {
    filter.deny(number, EPERM, is_not(1, 0));
  }
  filter.deny(SCMP_SYS(setpriority), EPERM, is_not(0, PRIO_PROCESS));
  filter.deny(SCMP_SYS(ioprio_set), EPERM, is_not(0, kOneProcess));
  // Typing into the terminal from which the host was started.
  for (const int command : {TIOCSTI, TIOCLINUX}) {
    filter.deny(SCMP_SYS(ioctl), EPERM, is_int(1, static_cast<uint32_t>(command)));
  }
  // Outliving the host, and being looked at.
  filter.deny(SCMP_SYS(prctl), EPERM, is_int(0, PR_SET_PDEATHSIG));
  filter.deny(SCMP_SYS(prctl), EPERM, is_int(0, PR_SET_DUMPABLE));
}

}  // namespace

void deny_system_calls(const Confinement& confinement) {
  if (!confinement.seccomp && confinement.network) return;
  Filter filter;
  if (confinement.seccomp) {
    deny_all(filter, kOthers);
    deny_all(filter, kMachine);
    deny_all(filter, kMounts);
    deny_all(filter, kSurface);
    deny_all(filter, kProcesses);
    deny_all(filter, kLasting);
    deny_some(filter);
  }
  if (!confinement.network) {
    filter.deny(SCMP_SYS(socket), EACCES, is_not(0, AF_UNIX));
    // It makes sockets without socket().
    if (!confinement.seccomp) filter.deny(SCMP_SYS(io_uring_setup), EPERM);
  }
  filter.load(confinement.no_new_privileges);
}

// Whoever is in a domain of Landlock's sees, as a debugger might, only those in it or below it.
// For a domain some right must be denied: that to make a device.
void deny_sight_of_others() {
  landlock_ruleset_attr rules{};
  rules.handled_access_fs = LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK;
  const plugin::FileDescriptor domain(static_cast<int>(
      ::syscall(SYS_landlock_create_ruleset, &rules, sizeof rules.handled_access_fs, 0)));
  if (!domain.open() && (errno == ENOSYS || errno == EOPNOTSUPP)) return;
  if (domain.open() && ::syscall(SYS_landlock_restrict_self, domain.number(), 0) == 0) return;
  throw report::StartupError(std::string("cannot deny the sight of other processes: ") +
                             ::strerror(errno));
}

}  // namespace stoa::remote
