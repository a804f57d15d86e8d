#include "process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

namespace stoa::kit {
namespace {

struct Pipe {
  int ends[2] = {-1, -1};
  Pipe() {
    if (pipe2(ends, O_CLOEXEC) != 0)
      throw std::system_error(errno, std::generic_category(), "pipe");
  }
};

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> environment_with(const Process::Variables& variables) {
  std::vector<std::string> all;
  for (const auto& [name, value] : variables) all.emplace_back(name).append("=").append(value);
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const std::string_view name = text.substr(0, text.find('='));
    bool replaced = false;
    for (const auto& [ours, value] : variables) replaced = replaced || ours == name;
    if (!replaced) all.emplace_back(text);
  }
  return all;
}

// In the child: nothing but system calls.
[[noreturn]] void become(char* const* command, char* const* variables, const int (&standard)[3]) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // no orphans when a test crashes
  for (int i = 0; i < 3; ++i) dup2(standard[i], i);
  ::signal(SIGPIPE, SIG_DFL);
  execvpe(command[0], command, variables);
  _exit(127);
}

// Empty, and the descriptor closed and -1, once there is nothing more.
std::string read_some(int& descriptor) {
  std::array<char, 16 * 1024> buffer{};
  const ssize_t got = read(descriptor, buffer.data(), buffer.size());
  if (got > 0) return {buffer.data(), static_cast<std::size_t>(got)};
  close(descriptor);
  descriptor = -1;
  return {};
}

}  // namespace

Process::Process(const std::vector<std::string>& command, const Variables& variables,
                 std::string_view input) {
  std::vector<std::string> arguments = command;
  std::vector<std::string> environment = environment_with(variables);
  const auto argument_pointers = pointers_to(arguments);
  const auto variable_pointers = pointers_to(environment);
  const Pipe in;
  const Pipe out;
  const Pipe err;
  const Pipe stop;
  const int standard[3] = {in.ends[0], out.ends[1], err.ends[1]};

  pid_ = fork();
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid_ == 0) become(argument_pointers.data(), variable_pointers.data(), standard);
  for (const int end : standard) close(end);
  output_ = out.ends[0];
  log_ = err.ends[0];
  stop_[0] = stop.ends[0];
  stop_[1] = stop.ends[1];
  // A pipe holds 64 KiB: more input than that no test gives.
  static_cast<void>(!write(in.ends[1], input.data(), input.size()));
  close(in.ends[1]);
  collector_ = std::thread([this] { collect(); });
}

Process::~Process() {
  if (!wait_exit(std::chrono::milliseconds(0))) {
    signal(SIGKILL);
    wait_exit();
  }
  collector_.join();
  close(stop_[0]);
  close(stop_[1]);
}

// Until both pipes end; then it waits for the child, so that its status comes after all its output.
void Process::collect() {
  int output = output_;
  int log = log_;
  while (output >= 0 || log >= 0) {
    std::array<pollfd, 3> set{{{output, POLLIN, 0}, {log, POLLIN, 0}, {stop_[0], POLLIN, 0}}};
    if (poll(set.data(), set.size(), -1) < 0) continue;
    const std::string output_more = set[0].revents != 0 ? read_some(output) : "";
    const std::string log_more = set[1].revents != 0 ? read_some(log) : "";
    if (set[2].revents != 0 && output >= 0) {
      char byte = 0;
      static_cast<void>(!read(stop_[0], &byte, 1));
      close(output);
      output = -1;
    }
    const report::MutexLock lock(mutex_);
    output_text_ += output_more;
    log_text_ += log_more;
    output_ended_ = output < 0;
    changed_.notify_all();
  }
  siginfo_t ended;
  while (waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
  }
  // Reaped under the lock: signal() never meets a number that stands for another process by now.
  const report::MutexLock lock(mutex_);
  int status = 0;
  waitpid(pid_, &status, 0);
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  changed_.notify_all();
}

std::optional<std::string> Process::line_after(std::string_view prefix) const {
  const std::string_view text = output_text_;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    if (end == std::string_view::npos) break;
    const std::string_view line = text.substr(begin, end - begin);
    if (line.starts_with(prefix)) return std::string(line.substr(prefix.size()));
    begin = end + 1;
  }
  return std::nullopt;
}

std::optional<std::string> Process::wait_for_line(std::string_view prefix,
                                                  std::chrono::milliseconds timeout) {
  const report::MutexLock lock(mutex_);
  std::optional<std::string> found;
  changed_.wait_for(mutex_, timeout, [&]() REQUIRES(mutex_) {
    return (found = line_after(prefix)) || output_ended_;
  });
  return found;
}

bool Process::wait_for_log(std::string_view text, std::chrono::milliseconds timeout) {
  const report::MutexLock lock(mutex_);
  bool found = false;
  changed_.wait_for(mutex_, timeout, [&]() REQUIRES(mutex_) {
    return (found = log_text_.find(text) != std::string::npos) || status_;
  });
  return found;
}

void Process::signal(int number) const {
  const report::MutexLock lock(mutex_);
  if (!status_) kill(pid_, number);
}

void Process::close_output() {
  static_cast<void>(!write(stop_[1], "x", 1));
}

std::optional<int> Process::wait_exit(std::chrono::milliseconds timeout) {
  const report::MutexLock lock(mutex_);
  changed_.wait_for(mutex_, timeout, [&]() REQUIRES(mutex_) { return status_.has_value(); });
  return status_;
}

std::string Process::output() const {
  const report::MutexLock lock(mutex_);
  return output_text_;
}

std::string Process::log() const {
  const report::MutexLock lock(mutex_);
  return log_text_;
}

}  // namespace stoa::kit
