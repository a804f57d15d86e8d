#include "plugin/crash.h"

#include <execinfo.h>
#include <signal.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <string_view>

#include "plugin/code_map.h"
#include "plugin/instance.h"
#include "plugin/running.h"

namespace stoa::plugin {

namespace {

constexpr std::array kFatal = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP};
std::array<struct sigaction, kFatal.size()> former;
std::atomic<bool> tells_whence = false;
std::atomic<int> crash_file = -1;

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

void make_second_stack() {
  thread_local const SecondStack stack;
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

void add_subject(Line& line, const Instance& instance) {
  line.add(" in plugin ");
  line.add(instance.descriptor().name);
  line.add(" ");
  line.add(instance.descriptor().version);
  line.add(", namespace \"");
  line.add(instance.ns());
  line.add("\", ");
}

void add_culprit(Line& line, const Instance& instance, const stoa_event* event) {
  add_subject(line, instance);
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

constexpr int kFrames = 32;

// Where the thread came from: files and addresses in them, for addr2line.
void write_backtrace() {
  std::array<void*, kFrames> frames;
  const int found = ::backtrace(frames.data(), kFrames);
  ::backtrace_symbols_fd(frames.data(), found, STDERR_FILENO);
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
  if (const RunningHere here = running_here(); here.instance) {
    add_culprit(line, *here.instance, here.event);
    keep(*here.instance);
  } else {
    add_owner_of_code(line, program_counter(context));
  }
  line.write();
  if (tells_whence) write_backtrace();
  restore_former(number);
  // A fault happens again when this returns, with its true address for the core file. A signal that
  // was sent (si_code <= 0), and a trap, which goes on behind its instruction, must be sent again.
  if (info->si_code <= 0 || number == SIGTRAP) ::raise(number);
}

}  // namespace

void keep_crash_in(int file) noexcept {
  crash_file = file;
}

void tell_whence_crashes_came() {
  // The first call loads what it needs, which a signal handler must not.
  std::array<void*, 1> here;
  static_cast<void>(::backtrace(here.data(), 1));
  tells_whence = true;
}

void name_who_hangs() {
  each_running([](const RunningCall& one) {
    Line line;
    line.add("stoa: still running");
    add_subject(line, one.instance);
    if (one.call.kind == 0) line.add("in ");
    line.add(in_words(one.instance.library().description(), one.call));
    line.write();
  });
}

void name_culprit_on_crash() {
  make_second_stack();
  know_who_runs(make_second_stack);
  struct sigaction action {};
  action.sa_sigaction = on_fatal_signal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  ::sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < kFatal.size(); ++i) ::sigaction(kFatal[i], &action, &former[i]);
}

}  // namespace stoa::plugin
