// A child process whose output the test can wait for.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "report/mutex.h"

namespace stoa::kit {

// Long enough for a loaded machine under a sanitizer: only a failing test waits for it.
inline constexpr std::chrono::milliseconds kPatience{20'000};

// Owned by the test. Its output is collected by a thread of its own until the child closes it. Ends
// the child, if it still runs, in the destructor.
class Process {
 public:
  using Variables = std::vector<std::pair<std::string, std::string>>;

  // Starts `command` (program and arguments), with `variables` added to the environment and
  // `input` on its standard input. Throws std::system_error if that is not possible.
  explicit Process(const std::vector<std::string>& command, const Variables& variables = {},
                   std::string_view input = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }

  // The rest of the first line of standard output that begins with `prefix`, once it is complete.
  // Empty if it did not come within `timeout`, or the child closed its output before.
  std::optional<std::string> wait_for_line(std::string_view prefix,
                                           std::chrono::milliseconds timeout = kPatience);

  // Waits until standard error holds `text`; false after `timeout`.
  bool wait_for_log(std::string_view text, std::chrono::milliseconds timeout = kPatience);

  void signal(int number) const;
  // Closes our end of the child's standard output: its next write fails.
  void close_output();

  // The exit status (128 + number if a signal ended it), once all its output is collected. Empty if
  // it runs on after `timeout`.
  std::optional<int> wait_exit(std::chrono::milliseconds timeout = kPatience);

  [[nodiscard]] std::string output() const;  // standard output so far
  [[nodiscard]] std::string log() const;     // standard error so far

 private:
  void collect();
  // The rest of the first whole line of output that begins with `prefix`.
  [[nodiscard]] std::optional<std::string> line_after(std::string_view prefix) const
      REQUIRES(mutex_);

  pid_t pid_ = -1;
  int output_ = -1;  // read ends of the child's pipes
  int log_ = -1;
  int stop_[2] = {-1, -1};  // a byte here makes the collector let go of the output
  std::thread collector_;

  mutable report::Mutex mutex_;
  report::CondVar changed_;
  std::string output_text_ GUARDED_BY(mutex_);
  std::string log_text_ GUARDED_BY(mutex_);
  bool output_ended_ GUARDED_BY(mutex_) = false;
  std::optional<int> status_ GUARDED_BY(mutex_);
};

}  // namespace stoa::kit
