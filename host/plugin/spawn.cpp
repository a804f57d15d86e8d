#include "plugin/spawn.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

namespace stoa::plugin {

namespace {

constexpr const char* kThisProgram = "/proc/self/exe";

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  all.reserve(texts.size() + 1);
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

int start_with(pid_t& child, const posix_spawn_file_actions_t& actions,
               const posix_spawnattr_t& attributes, std::vector<std::string>& arguments,
               char* const* environment) {
  arguments.insert(arguments.begin(), "stoa");
  return ::posix_spawn(&child, kThisProgram, &actions, &attributes, pointers(arguments).data(),
                       environment);
}

}  // namespace

Spawn::Spawn() {
  ::posix_spawn_file_actions_init(&actions_);
  ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawnattr_init(&attributes_);
  sigset_t signals;
  ::sigemptyset(&signals);
  ::posix_spawnattr_setsigmask(&attributes_, &signals);
  ::sigfillset(&signals);
  ::posix_spawnattr_setsigdefault(&attributes_, &signals);
  add_flag(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

Spawn::~Spawn() {
  ::posix_spawnattr_destroy(&attributes_);
  ::posix_spawn_file_actions_destroy(&actions_);
}

void Spawn::give(int ours, int number) {
  ::posix_spawn_file_actions_adddup2(&actions_, ours, number);
}

void Spawn::give_no_more_than(int last) {
  ::posix_spawn_file_actions_addclosefrom_np(&actions_, last + 1);
}

void Spawn::lead_a_group() {
  ::posix_spawnattr_setpgroup(&attributes_, 0);
  add_flag(POSIX_SPAWN_SETPGROUP);
}

void Spawn::in_the_background() {
  const sched_param no_priority{};
  ::posix_spawnattr_setschedpolicy(&attributes_, SCHED_BATCH);
  ::posix_spawnattr_setschedparam(&attributes_, &no_priority);
  add_flag(POSIX_SPAWN_SETSCHEDULER);
}

int Spawn::start(pid_t& child, std::vector<std::string> arguments,
                 std::vector<std::string> environment) const {
  return start_with(child, actions_, attributes_, arguments, pointers(environment).data());
}

int Spawn::start(pid_t& child, std::vector<std::string> arguments) const {
  return start_with(child, actions_, attributes_, arguments, environ);
}

void Spawn::add_flag(short flag) {
  short flags = 0;
  ::posix_spawnattr_getflags(&attributes_, &flags);
  ::posix_spawnattr_setflags(&attributes_, static_cast<short>(flags | flag));
}

}  // namespace stoa::plugin
