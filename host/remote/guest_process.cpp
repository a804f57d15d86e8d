#include "remote/guest_process.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <set>
#include <system_error>
#include <utility>

#include "plugin/spawn.h"
#include "remote/guest.h"
#include "report/startup_error.h"

namespace stoa::remote {

namespace {

using plugin::FileDescriptor;
using report::StartupError;

constexpr std::array kEnvironment = {"PATH", "LANG",         "LC_ALL",       "LC_CTYPE",
                                     "TZ",   "ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"};

report::Mutex guests_lock;
std::set<pid_t> guests GUARDED_BY(guests_lock);

void note_guest(pid_t pid, bool lives) {
  const report::MutexLock lock(guests_lock);
  lives ? static_cast<void>(guests.insert(pid)) : static_cast<void>(guests.erase(pid));
}

[[noreturn]] void fail(const std::string& what, int error) {
  throw StartupError("cannot start a process for a plugin: " + what + ": " + ::strerror(error) +
                     (error == EMFILE || error == ENFILE ? "; raise the limit of open files" : ""));
}

struct Pair {
  FileDescriptor ours;
  FileDescriptor theirs;
};

void make_nonblocking(const FileDescriptor& descriptor) {
  ::fcntl(descriptor.number(), F_SETFL, O_NONBLOCK);
}

Pair make_sockets() {
  std::array<int, 2> ends;
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    fail("no sockets", errno);
  }
  Pair pair{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
  make_nonblocking(pair.ours);
  return pair;
}

Pair make_pipe() {
  std::array<int, 2> ends;
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail("no pipe", errno);
  Pair pair{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
  make_nonblocking(pair.ours);
  return pair;
}

std::vector<std::string> variables(const std::vector<std::string>& more) {
  std::vector<std::string> found;
  const auto take = [&](const char* name) {
    if (const char* value = ::getenv(name)) found.push_back(std::string(name) + "=" + value);
  };
  for (const char* name : kEnvironment) take(name);
  for (const std::string& name : more) take(name.c_str());
  return found;
}

// A number beyond those that the guest's are given.
FileDescriptor out_of_the_way(const FileDescriptor& descriptor) {
  FileDescriptor copy(::fcntl(descriptor.number(), F_DUPFD_CLOEXEC, 16));
  if (!copy.open()) fail("no descriptor", errno);
  return copy;
}

std::string how_it_ended(const siginfo_t& info) {
  if (info.si_code == CLD_EXITED) return "exit code " + std::to_string(info.si_status);
  const char* const name = ::sigabbrev_np(info.si_status);
  const std::string signal =
      name ? std::string("SIG") + name : "signal " + std::to_string(info.si_status);
  return info.si_status == SIGXCPU ? "over its limit of CPU seconds (" + signal + ")" : signal;
}

}  // namespace

// The guest's side of all that it is started with.
struct GuestProcess::Inheritance {
  FileDescriptor events;
  FileDescriptor calls;
  FileDescriptor library;
  FileDescriptor output;
  std::vector<std::string> environment;
};

GuestProcess::GuestProcess(const std::filesystem::path& library,
                           const std::vector<std::string>& environment) {
  const FileDescriptor file(::open(library.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.open()) fail("cannot open \"" + library.string() + "\"", errno);
  Pair events = make_sockets();
  Pair calls = make_sockets();
  Pair output = make_pipe();
  Inheritance theirs{out_of_the_way(events.theirs), out_of_the_way(calls.theirs),
                     out_of_the_way(file), out_of_the_way(output.theirs), variables(environment)};
  channels_ = {std::move(events.ours), std::move(calls.ours)};
  output_ = std::move(output.ours);

  std::promise<void> started;
  std::future<void> is_started = started.get_future();
  try {
    attendant_ =
        std::thread([this, theirs = std::move(theirs), started = std::move(started)]() mutable {
          attend(std::move(theirs), std::move(started));
        });
  } catch (const std::system_error& error) {
    fail("no thread", error.code().value());
  }
  try {
    is_started.get();
  } catch (...) {
    attendant_.join();
    throw;
  }
}

GuestProcess::~GuestProcess() {
  kill();
  (void)wait();
}

void GuestProcess::attend(Inheritance theirs, std::promise<void> started) {
  try {
    start(std::move(theirs));
    started.set_value();
  } catch (...) {
    started.set_exception(std::current_exception());
    return;
  }
  reap();
}

void GuestProcess::start(Inheritance theirs) {
  plugin::Spawn spawn;
  spawn.give(theirs.output.number(), STDOUT_FILENO);
  spawn.give(theirs.output.number(), STDERR_FILENO);
  spawn.give(theirs.events.number(), kEventsNumber);
  spawn.give(theirs.calls.number(), kCallsNumber);
  spawn.give(theirs.library.number(), kLibraryNumber);
  spawn.give_no_more_than(kLibraryNumber);
  spawn.lead_a_group();
  const int error = spawn.start(pid_, {std::string(kGuest)}, std::move(theirs.environment));
  if (error != 0) fail("the system has none", error);
  note_guest(pid_, true);
  // By number: the C library's header of it does not compile as C++.
  pidfd_ = FileDescriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  if (pidfd_.open()) return;
  const int without = errno;
  ::kill(pid_, SIGKILL);
  reap();
  fail("no pidfd", without);
}

void GuestProcess::reap() {
  siginfo_t info{};
  while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT) != 0 &&
         errno == EINTR) {
  }
  end_ = {.clean = info.si_code == CLD_EXITED && info.si_status == 0,
          .dumped_core = info.si_code == CLD_DUMPED,
          .text = how_it_ended(info)};
  const report::MutexLock lock(lock_);
  // What it started, if it could. Until it is reaped, its number is nobody else's.
  ::kill(-pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  note_guest(pid_, false);
  gone_ = true;
}

bool GuestProcess::is_one(pid_t pid) {
  const report::MutexLock lock(guests_lock);
  return guests.contains(pid) || guests.contains(::getpgid(pid));
}

void GuestProcess::kill() noexcept {
  const report::MutexLock lock(lock_);
  if (gone_) return;
  ::kill(-pid_, SIGKILL);
  ::kill(pid_, SIGKILL);  // it may have left its group
}

const End& GuestProcess::wait() {
  if (attendant_.joinable()) attendant_.join();
  return end_;
}

}  // namespace stoa::remote
