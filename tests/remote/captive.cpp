// A plugin for tests: tries what a guest may not do, and says how it went.
#include <fcntl.h>
#include <grp.h>
#include <linux/io_uring.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <functional>
#include <map>
#include <memory>
#include <new>
#include <stoa/plugin.hpp>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

extern char** environ;

namespace {

std::string outcome(long result) {
  return result >= 0 ? "ok" : ::strerrorname_np(errno);
}

long open_of_host(const std::string& file) {
  const std::string path = "/proc/" + std::to_string(::getppid()) + "/" + file;
  return ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
}

const std::map<std::string, std::function<long()>> kAttempts = {
    {"inet", [] { return ::socket(AF_INET, SOCK_STREAM, 0); }},
    {"inet6", [] { return ::socket(AF_INET6, SOCK_DGRAM, 0); }},
    {"netlink", [] { return ::socket(AF_NETLINK, SOCK_RAW, 0); }},
    {"unix", [] { return ::socket(AF_UNIX, SOCK_STREAM, 0); }},
    {"ptrace", [] { return ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); }},
    {"look at host",
     [] {
       char byte = 0;
       iovec here{&byte, 1};
       return ::process_vm_readv(::getppid(), &here, 1, &here, 1, 0);
     }},
    {"read host's memory", [] { return open_of_host("mem"); }},
    {"open host's descriptor", [] { return open_of_host("fd/2"); }},
    {"unshare", [] { return ::unshare(CLONE_NEWNS); }},
    {"chroot", [] { return ::chroot("/"); }},
    {"keyctl", [] { return ::syscall(SYS_keyctl, 0, -3, 0, 0, 0); }},
    {"userfaultfd", [] { return ::syscall(SYS_userfaultfd, 0); }},
    {"io_uring",
     [] {
       io_uring_params parameters{};
       return ::syscall(SYS_io_uring_setup, 1, &parameters);
     }},
    {"execve",
     [] {
       char* const none[] = {nullptr};
       return static_cast<long>(::execve("/bin/true", none, none));
     }},
    {"fork",
     [] {
       const pid_t child = ::fork();
       if (child == 0) ::_exit(0);
       return long{child};
     }},
    {"setsid", [] { return ::setsid(); }},
    {"kill host", [] { return ::kill(::getppid(), 0); }},
    {"limit host", [] { return ::prlimit(::getppid(), RLIMIT_NOFILE, nullptr, nullptr); }},
    {"have host signalled", [] { return ::fcntl(0, F_SETOWN, ::getppid()); }},
    {"choose a signal", [] { return ::fcntl(0, F_SETSIG, SIGKILL); }},
    {"slow host", [] { return ::setpriority(PRIO_PROCESS, ::getppid(), 19); }},
    {"slow its user", [] { return ::setpriority(PRIO_USER, 0, 19); }},
    {"slow itself", [] { return ::setpriority(PRIO_PROCESS, 0, 1); }},
    {"pin host",
     [] {
       cpu_set_t all;
       ::memset(&all, 0xff, sizeof all);
       return ::sched_setaffinity(::getppid(), sizeof all, &all);
     }},
    {"pin itself",
     [] {
       cpu_set_t all;
       ::memset(&all, 0xff, sizeof all);
       return ::sched_setaffinity(0, sizeof all, &all);
     }},
    {"share memory", [] { return ::shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600); }},
    {"outlive host", [] { return ::prctl(PR_SET_PDEATHSIG, 0); }},
    // What an int argument is not made of must not matter to the filter.
    {"outlive host by the upper half",
     [] { return ::syscall(SYS_prctl, (1ul << 32) | PR_SET_PDEATHSIG, 0ul, 0ul, 0ul, 0ul); }},
    {"be dumpable", [] { return ::prctl(PR_SET_DUMPABLE, 1); }},
    {"become root", [] { return ::setuid(0); }},
    {"raise", [] { return ::raise(SIGCONT); }},
};

std::string attempt(std::string_view name) {
  return outcome(kAttempts.at(std::string(name))());
}

// Opens files until it is told to stop: how many, and why no more.
std::string open_files() {
  int opened = 0;
  while (::open("/dev/null", O_RDONLY) >= 0) ++opened;
  return std::to_string(opened) + " " + ::strerrorname_np(errno);
}

std::string start_threads(int wanted) {
  std::vector<std::jthread> threads;
  try {
    for (int i = 0; i < wanted; ++i) {
      threads.emplace_back([](const std::stop_token& stop) {
        while (!stop.stop_requested()) ::usleep(1000);
      });
    }
  } catch (const std::system_error& error) {
    return std::to_string(threads.size()) + " " + ::strerrorname_np(error.code().value());
  }
  return std::to_string(threads.size());
}

std::string allocate(std::size_t mebibytes) {
  const std::unique_ptr<char[]> memory(new (std::nothrow) char[mebibytes << 20]);
  return memory ? "ok" : "none";
}

std::string ids() {
  std::vector<gid_t> groups(64);
  groups.resize(static_cast<std::size_t>(::getgroups(64, groups.data())));
  std::string text = std::to_string(::getuid()) + " " + std::to_string(::getgid()) + ":";
  for (const gid_t group : groups) text += " " + std::to_string(group);
  return text;
}

std::string environment() {
  std::string names;
  for (char** each = environ; *each; ++each) names += std::string(*each) + "\n";
  return names;
}

[[noreturn]] void spin() {
  for (volatile int i = 0;;) i = 1 - i;
}

// Past the host's table, into the socket itself.
void write_raw(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(4, bytes.data(), bytes.size());
    if (written <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

class Captive : public stoa::Plugin {
 public:
  using Plugin::Plugin;

  static void handlers(stoa::Handlers<Captive>& on) {
    on("attempt", [](stoa::Message msg) { return attempt(msg.body); });
    on("open files", [] { return open_files(); });
    on("threads",
       [](stoa::Message msg) { return start_threads(std::stoi(std::string(msg.body))); });
    on("allocate", [](stoa::Message msg) { return allocate(std::stoul(std::string(msg.body))); });
    on("ids", [] { return ids(); });
    on("nice", [] { return std::to_string(::getpriority(PRIO_PROCESS, 0)); });
    on("environment", [] { return environment(); });
    on("echo", [](stoa::Message msg) { return stoa::reply_binary(std::string(msg.body)); });
    on("print", [](stoa::Message msg) {
      ::fputs(std::string(msg.body).c_str(), stdout);
      ::fputs("and a complaint\n", stderr);
    });
    on("print without an end", [] { ::fputs("no end", stdout); });
    on("abort", [] { ::abort(); });
    on("leave", [] { ::_exit(3); });
    on("spin", [] { spin(); });
    on("speak and spin", [](Captive& self) {
      self.everyone().emit("last", "words");
      spin();
    });
    on("close events", [] {
      // In its place comes one from which nothing ever comes: the process lives on.
      std::array<int, 2> ends{};
      ::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data());
      ::dup2(ends[0], 3);
    });
    on("raw", [](stoa::Message msg) { write_raw(msg.body); });
  }
};

STOA_PLUGIN(Captive, "captive", "1.0.0")
