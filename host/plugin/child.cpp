#include "plugin/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <string_view>
#include <utility>

#include "plugin/file_descriptor.h"
#include "plugin/spawn.h"
#include "report/startup_error.h"

namespace stoa::plugin {

namespace {

using Clock = std::chrono::steady_clock;

// Far more than the longest descriptor's events; a child that writes more is killed.
constexpr std::size_t kMaxResult = std::size_t{4} * 1024 * 1024;
constexpr std::size_t kMaxSaid = 300;

// The child's first byte tells a result from an exception, its last byte that it is complete.
constexpr char kReturned = '+';
constexpr char kThrew = '-';
constexpr char kEnd = '\0';

struct Pipe {
  FileDescriptor reader;
  FileDescriptor writer;
};

Pipe make_pipe() {
  std::array<int, 2> ends;
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw report::StartupError(std::string("cannot make a pipe: ") + ::strerror(errno));
  }
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

void write_all(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(to, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) return;
    if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

// Does the work, writes its result and leaves at once: no destructor and no handler of the exit
// runs.
[[noreturn]] void deliver(const std::function<std::string()>& work, int result) {
  std::string text;
  try {
    text = kReturned + work();
  } catch (const std::exception& error) {
    text = std::string(1, kThrew) + error.what();
  } catch (...) {
    text = std::string(1, kThrew) + "an exception that is no std::exception";
  }
  text += kEnd;
  write_all(result, text);
  ::_exit(0);
}

[[noreturn]] void be_child(const std::function<std::string()>& work, int result, int output) {
  become_expendable();
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  deliver(work, result);
}

bool complete(const std::string& result) {
  return !result.empty() && result.back() == kEnd;
}

// Reads once; closes `from` at its end.
void read_some(FileDescriptor& from, std::string& into) {
  std::array<char, 4096> chunk;
  const ssize_t got = ::read(from.number(), chunk.data(), chunk.size());
  if (got > 0) into.append(chunk.data(), static_cast<std::size_t>(got));
  if (got == 0 || (got < 0 && errno != EINTR)) from.close();
}

int remaining_ms(Clock::time_point end) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
  return left > 0 ? static_cast<int>(left) : 0;
}

// Until the result is complete, or both pipes are closed, or the time is up (then false).
bool collect(Pipe& result, Pipe& output, ChildResult& into, Clock::time_point end,
             const std::atomic<bool>* given_up) {
  constexpr int kLookMs = 50;
  while (!complete(into.text) && into.text.size() < kMaxResult) {
    std::array<pollfd, 2> waits{
        {{result.reader.number(), POLLIN, 0}, {output.reader.number(), POLLIN, 0}}};
    if (waits[0].fd < 0 && waits[1].fd < 0) return true;
    const int left = remaining_ms(end);
    if (left == 0 || (given_up && *given_up)) return false;
    if (::poll(waits.data(), waits.size(), given_up ? std::min(left, kLookMs) : left) <= 0)
      continue;
    if (waits[0].revents != 0) read_some(result.reader, into.text);
    if (waits[1].revents != 0) read_some(output.reader, into.said);
    if (into.said.size() > 2 * kMaxSaid) into.said.erase(0, into.said.size() - kMaxSaid);
  }
  return true;
}

// Ends the child if it does not end by itself, and says how it did; false if it had to be ended.
bool see_it_end(pid_t child, Clock::time_point end, const std::atomic<bool>* given_up,
                int& status) {
  while (remaining_ms(end) > 0 && !(given_up && *given_up)) {
    if (::waitpid(child, &status, WNOHANG) == child) return true;
    ::poll(nullptr, 0, 1);
  }
  ::kill(child, SIGKILL);
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return false;
}

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status)) return std::string("SIG") + ::sigabbrev_np(WTERMSIG(status));
  return "exit code " + std::to_string(WEXITSTATUS(status));
}

void judge(ChildResult& found, bool in_time, int status) {
  using End = ChildResult::End;
  found.said = end_on_one_line(found.said);
  if (complete(found.text)) {
    found.end = found.text.front() == kReturned ? End::kReturned : End::kThrew;
    found.text = found.text.substr(1, found.text.size() - 2);
    return;
  }
  found.end = in_time ? End::kDied : End::kHung;
  found.text = how_it_ended(status);
}

}  // namespace

std::string end_on_one_line(std::string_view text) {
  std::string line;
  for (const char c : text.substr(text.size() - std::min(text.size(), kMaxSaid))) {
    const bool space = c == ' ' || c == '\n' || c == '\t';
    if (space && (line.empty() || line.back() == ' ')) continue;
    line += space ? ' ' : (c > ' ' && c <= '~') ? c : '?';
  }
  if (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

void become_expendable() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGTERM, SIGINT}) {
    ::signal(number, SIG_DFL);
  }
}

namespace {

// Waits for a child that was just started, and says how it went.
ChildResult attend(pid_t child, Pipe& result, Pipe& output, Clock::time_point end,
                   const std::atomic<bool>* given_up) {
  result.writer.close();
  output.writer.close();
  ChildResult found;
  const bool heard = collect(result, output, found, end, given_up);
  // It is gone when this returns, at once if it need say nothing more. One that closed its pipes is
  // most likely ending.
  const bool closed = heard && !complete(found.text) && found.text.size() < kMaxResult;
  int status = 0;
  const bool ended = see_it_end(child, closed ? end : Clock::now(), given_up, status);
  judge(found, heard && (ended || !closed), status);
  return found;
}

// Where a program that was started so writes its result.
constexpr int kResultNumber = 3;
// A tenth of what a loop that is busy on the same core gets: the trial waits rather than a member.
constexpr int kNice = 10;

}  // namespace

ChildResult run_in_child(const std::function<std::string()>& work,
                         std::chrono::milliseconds deadline) {
  Pipe result = make_pipe();
  Pipe output = make_pipe();
  const auto end = Clock::now() + deadline;
  const pid_t child = ::fork();
  if (child < 0) throw report::StartupError(std::string("cannot fork: ") + ::strerror(errno));
  if (child == 0) be_child(work, result.writer.number(), output.writer.number());
  return attend(child, result, output, end, nullptr);
}

ChildResult run_program(std::vector<std::string> arguments, std::chrono::milliseconds deadline,
                        const std::atomic<bool>* given_up) {
  Pipe result = make_pipe();
  Pipe output = make_pipe();
  const auto end = Clock::now() + deadline;
  Spawn spawn;
  spawn.give(output.writer.number(), STDOUT_FILENO);
  spawn.give(output.writer.number(), STDERR_FILENO);
  spawn.give(result.writer.number(), kResultNumber);
  spawn.in_the_background();
  pid_t child = 0;
  const int error = spawn.start(child, std::move(arguments));
  if (error != 0) {
    throw report::StartupError(std::string("cannot start a child process: ") + ::strerror(error));
  }
  return attend(child, result, output, end, given_up);
}

void run_as_program(const std::function<std::string()>& work) {
  ::setpriority(PRIO_PROCESS, 0, kNice);
  // The descriptor is this program's alone: a plugin that starts programs does not hand it on.
  ::fcntl(kResultNumber, F_SETFD, FD_CLOEXEC);
  become_expendable();
  deliver(work, kResultNumber);
}

}  // namespace stoa::plugin
