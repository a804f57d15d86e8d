#include "plugin/crash.h"

#include <signal.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "plugin/code_map.h"
#include "plugin/instance.h"
#include "report/mutex.h"

namespace stoa::plugin {

namespace {

// Written by its own thread. Read by the signal handler on that thread, and by any thread that
// looks for who hangs.
struct Running {
  std::atomic<const Instance*> instance = nullptr;
  std::atomic<const stoa_event*> event = nullptr;
};
thread_local constinit Running running;
thread_local constinit bool has_second_stack = false;

// Of the threads that ran a plugin.
report::Mutex everyone_lock;
std::vector<const Running*> everyone GUARDED_BY(everyone_lock);

constexpr std::array kFatal = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP};
std::array<struct sigaction, kFatal.size()> former;
std::atomic<bool> armed = false;
std::atomic<int> crash_file = -1;

// Makes a thread's `running` known as long as the thread lives.
class KnownToEveryone {
 public:
  KnownToEveryone() {
    const report::MutexLock lock(everyone_lock);
    everyone.push_back(&running);
  }
  ~KnownToEveryone() {
    const report::MutexLock lock(everyone_lock);
    std::erase(everyone, &running);
  }
};

// A signal handler cannot run on a stack that is used up. Lives as long as its thread.
class SecondStack {
 public:
  SecondStack() {
    stack_t present{};
    ::sigaltstack(nullptr, &present);
    if ((present.ss_flags & SS_DISABLE) == 0) return;  // a sanitizer's, say
    memory_ = std::make_unique<std::byte[]>(kBytes);
    const stack_t ours{memory_.get(), 0, kBytes};
    ::sigaltstack(&ours, nullptr);
  }
  ~SecondStack() {
    if (!memory_) return;
    const stack_t none{nullptr, SS_DISABLE, 0};
    ::sigaltstack(&none, nullptr);
  }

 private:
  static constexpr std::size_t kBytes = std::size_t{64} * 1024;
  std::unique_ptr<std::byte[]> memory_;
};

[[gnu::cold, gnu::noinline]] void make_second_stack() {
  thread_local const SecondStack stack;
  thread_local const KnownToEveryone known;
  has_second_stack = true;
}

// One line, put together without anything that a signal handler may not use.
class Line {
 public:
  void add(std::string_view text) {
    for (const char c : text) {
      if (size_ == bytes_.size() - 1) return;
      const auto byte = static_cast<unsigned char>(c);
      bytes_[size_++] = byte < ' ' || byte == 0x7f ? '?' : c;
    }
  }
  void write(int file = STDERR_FILENO) {
    bytes_[size_++] = '\n';
    if (::write(file, bytes_.data(), size_) < 0) return;  // nobody left to tell
  }

 private:
  std::array<char, 1024> bytes_{};
  std::size_t size_ = 0;
};

std::string_view kind_name(uint32_t kind) {
  constexpr std::array<std::string_view, 21> kNames = {
      "event",     "open",        "close",       "connect",       "connected", "disconnect",
      "room join", "room joined", "room leave",  "room left",     "message",   "native message",
      "answer",    "timer",       "posted work", "configuration", "self-test", "export",
      "exported",  "import",      "judge"};
  return kNames[kind < kNames.size() ? kind : 0];
}

void add_culprit(Line& line, const Instance& instance, const stoa_event* event) {
  line.add(" in plugin ");
  line.add(instance.descriptor().name);
  line.add(" ");
  line.add(instance.descriptor().version);
  line.add(", namespace \"");
  line.add(instance.ns());
  line.add("\", ");
  if (!event) {
    line.add("in create() or destroy()");
    return;
  }
  line.add("event ");
  line.add(kind_name(event->kind));
  if (event->kind == STOA_EVENT_MESSAGE && event->event.size > 0) {
    line.add(" \"");
    line.add({event->event.data, event->event.size});
    line.add("\"");
  }
}

// Where the thread stood, or 0 on a kind of machine whose registers this does not know.
uintptr_t program_counter([[maybe_unused]] const void* context) {
#if defined(__x86_64__)
  return static_cast<uintptr_t>(
      static_cast<const ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP]);
#elif defined(__aarch64__)
  return static_cast<const ucontext_t*>(context)->uc_mcontext.pc;
#else
  return 0;
#endif
}

// No callback was running: it is the host's, or a thread of a plugin's own.
void add_owner_of_code(Line& line, uintptr_t address) {
  line.add(" outside plugins' callbacks");
  const CodeOwner* const owner = code_at(address);
  if (!owner) return;
  line.add(", in code of plugin ");
  line.add(owner->name);
  line.add(" ");
  line.add(owner->version);
}

void keep(const Instance& instance) {
  const int file = crash_file;
  if (file < 0) return;
  Line line;
  line.add(instance.library().sha256());
  line.add(" ");
  line.add(instance.version());
  line.add(" ");
  line.add(instance.ns());
  line.write(file);
}

void restore_former(int number) {
  for (std::size_t i = 0; i < kFatal.size(); ++i) {
    if (kFatal[i] == number) ::sigaction(number, &former[i], nullptr);
  }
}

void on_fatal_signal(int number, siginfo_t* info, void* context) {
  Line line;
  line.add("stoa: fatal SIG");
  const char* name = ::sigabbrev_np(number);
  line.add(name ? name : "?");
  if (const Instance* const instance = running.instance) {
    add_culprit(line, *instance, running.event);
    keep(*instance);
  } else {
    add_owner_of_code(line, program_counter(context));
  }
  line.write();
  restore_former(number);
  // A fault happens again when this returns, with its true address for the core file. A signal that
  // was sent (si_code <= 0), and a trap, which goes on behind its instruction, must be sent again.
  if (info->si_code <= 0 || number == SIGTRAP) ::raise(number);
}

}  // namespace

RunningNow::RunningNow(const Instance& instance, const stoa_event* event) noexcept {
  if (!has_second_stack && armed.load(std::memory_order_relaxed)) make_second_stack();
  running.event.store(event, std::memory_order_relaxed);
  running.instance.store(&instance, std::memory_order_release);
}

RunningNow::~RunningNow() {
  running.instance.store(nullptr, std::memory_order_release);
}

void keep_crash_in(int file) noexcept {
  crash_file = file;
}

void name_who_hangs() {
  const report::MutexLock lock(everyone_lock);
  for (const Running* each : everyone) {
    const Instance* const instance = each->instance.load(std::memory_order_acquire);
    if (!instance) continue;
    Line line;
    line.add("stoa: still running");
    add_culprit(line, *instance, each->event.load(std::memory_order_relaxed));
    line.write();
  }
}

void name_culprit_on_crash() {
  make_second_stack();
  struct sigaction action {};
  action.sa_sigaction = on_fatal_signal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  ::sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < kFatal.size(); ++i) ::sigaction(kFatal[i], &action, &former[i]);
  armed = true;
}

}  // namespace stoa::plugin
