// The process in which a guest runs, seen by the host.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "plugin/file_descriptor.h"
#include "report/mutex.h"

namespace stoa::remote {

// How a process ended.
struct End {
  bool clean = false;        // of its own accord, with exit code 0
  bool dumped_core = false;  // by its own or a system's handler
  std::string text;          // "SIGSEGV", "exit code 3", "over its limit of CPU seconds (SIGXCPU)"
};

// The host's ends of the two sockets, nonblocking: see Link.
struct Channels {
  plugin::FileDescriptor events;
  plugin::FileDescriptor calls;
};

// A process of this same program (also if its file was replaced meanwhile) that main() leads to
// be_guest(). It is in a process group of its own, and has nothing of this process but its ends of
// the channels, the library's open file, and a few variables of the environment: PATH, LANG,
// LC_ALL, LC_CTYPE, TZ, those of the sanitizers, and those that are asked for. What it prints comes
// out of output().
//
// It ends with this process, however that ends, and with this object. A thread of this object's
// starts it and waits for it: the system would end it with the thread that did.
class GuestProcess {
 public:
  // Starts it. `library` is the plugin's file, and may be any that this process can open: it is
  // loaded from the open file. It then waits for its task: see Link::create().
  // Throws report::StartupError, which says what to do.
  explicit GuestProcess(const std::filesystem::path& library,
                        const std::vector<std::string>& environment = {});
  // Kills it, if it has not ended, and waits until it is gone.
  ~GuestProcess();
  GuestProcess(const GuestProcess&) = delete;
  GuestProcess& operator=(const GuestProcess&) = delete;

  // For a Link. REQUIRES: not called before.
  [[nodiscard]] Channels take_channels() { return std::move(channels_); }

  [[nodiscard]] pid_t pid() const { return pid_; }
  // Is this one of this process's guests, or in the process group of one? Until it is reaped. Any
  // thread.
  [[nodiscard]] static bool is_one(pid_t pid);
  // Becomes readable (POLLIN) when the process has ended. Lives as long as this object.
  [[nodiscard]] int pidfd() const { return pidfd_.number(); }
  // What it prints, nonblocking: see Output. At its end when all that could write there is gone.
  [[nodiscard]] int output() const { return output_.number(); }

  // Ends it and all processes that it started, at once. Any thread, any number of times, also when
  // it has ended. What it wrote before can still be read from the channels.
  void kill() noexcept;

  // Waits until it has ended: a moment once pidfd() is readable or after kill(), else as long as it
  // takes. One thread at a time.
  [[nodiscard]] const End& wait();

 private:
  struct Inheritance;

  // The attendant's.
  void attend(Inheritance theirs, std::promise<void> started);
  void start(Inheritance theirs);
  void reap();

  Channels channels_;
  plugin::FileDescriptor output_;
  plugin::FileDescriptor pidfd_;
  pid_t pid_ = 0;
  report::Mutex lock_;
  bool gone_ GUARDED_BY(lock_) = false;  // then its number may be another's
  End end_;                              // written by the attendant before it ends
  std::thread attendant_;
};

}  // namespace stoa::remote
