// How this program starts itself once more, as something else.
#pragma once

#include <spawn.h>
#include <sys/types.h>

#include <string>
#include <vector>

namespace stoa::plugin {

// A new process of this program, also if its file was replaced since it was started. Its standard
// input is empty, and no signal is blocked or ignored there.
class Spawn {
 public:
  Spawn();
  ~Spawn();
  Spawn(const Spawn&) = delete;
  Spawn& operator=(const Spawn&) = delete;

  // It has this descriptor of ours, as that number. All that is not close-on-exec comes too.
  void give(int ours, int number);
  // Nothing beyond this number, whatever else it would have.
  void give_no_more_than(int last);
  // It has a process group of its own, which can be killed as a whole.
  void lead_a_group();
  // It is no interactive program: who wakes up to serve goes first.
  void in_the_background();

  // 0, or why there is none (errno). `arguments` come after the program's name; `environment` is
  // "NAME=VALUE" each.
  [[nodiscard]] int start(pid_t& child, std::vector<std::string> arguments,
                          std::vector<std::string> environment) const;
  // The same with the environment of this process.
  [[nodiscard]] int start(pid_t& child, std::vector<std::string> arguments) const;

 private:
  void add_flag(short flag);
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

}  // namespace stoa::plugin
