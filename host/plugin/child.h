// Work that may crash, hang or leave the process, done in a child process.
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace stoa::plugin {

struct ChildResult {
  enum class End {
    kReturned,  // the work returned: `text` is its result
    kThrew,     // it threw: `text` is what()
    kDied,      // it ended the process: `text` says how, e.g. "SIGABRT" or "exit code 3"
    kHung,      // it did neither before the deadline, or it was given up, and was killed
  };
  End end = End::kDied;
  std::string text;
  std::string said;  // the end of what it printed, on one line without control characters
};

// How a child process is made: a fork is quick, but only safe while no other thread holds anything;
// a new process of this program is always safe.
enum class ChildKind { kFork, kProgram };

struct ChildWay {
  ChildKind kind = ChildKind::kFork;
  const std::atomic<bool>* given_up = nullptr;  // true: a new program is killed, soon
  // If there is such a function, a library is tried by it: its result is probe_here()'s.
  std::function<ChildResult(const std::filesystem::path& library,
                            std::chrono::milliseconds deadline)>
      instead = {};
};

// The end of what a child printed, for a sentence: at most 300 characters, none but printable
// ASCII.
[[nodiscard]] std::string end_on_one_line(std::string_view printed);

// For a process that tries something: a crash of it is an answer, not an incident. No core file, no
// handler of the parent's, and it ends with its parent.
void become_expendable();

// Forks, runs `work` in the child and waits at most `deadline`. The child has this process's memory
// but none of its other threads: call it while there are none, or none that matters to `work`.
// REQUIRES: the result has no NUL and at most 4 MiB.
// Throws report::StartupError if the system has no process to give.
[[nodiscard]] ChildResult run_in_child(const std::function<std::string()>& work,
                                       std::chrono::milliseconds deadline);

// The same in a new process of this program, which main() leads to run_as_program(): for a process
// with threads, whose fork could hang on what they hold. The child's memory is new, its environment
// this process's. `arguments` come after its name.
[[nodiscard]] ChildResult run_program(std::vector<std::string> arguments,
                                      std::chrono::milliseconds deadline,
                                      const std::atomic<bool>* given_up);

// The child's side: runs `work`, hands its result to the parent and ends the process.
[[noreturn]] void run_as_program(const std::function<std::string()>& work);

}  // namespace stoa::plugin
