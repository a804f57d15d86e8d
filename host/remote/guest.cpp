#include "remote/guest.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "plugin/child.h"
#include "plugin/crash.h"
#include "plugin/instance.h"
#include "plugin/library.h"
#include "plugin/probe.h"
#include "remote/confinement.h"
#include "remote/events.h"
#include "remote/guest_calls.h"
#include "remote/guest_events.h"
#include "remote/guest_table.h"
#include "remote/task.h"
#include "report/startup_error.h"

namespace stoa::remote {

namespace {

// While it lives, the plugin's code may run.
class Running {
 public:
  explicit Running(GuestCalls& calls) : calls_(calls) { calls_.begin(); }
  ~Running() { calls_.end(); }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  GuestCalls& calls_;
};

void write_created(std::string& buffer, int32_t result, std::string_view why) {
  Writer(buffer, Kind::kCreated).number(result).bytes(why);
}

void say_handled(GuestCalls& calls, int32_t result) {
  (void)calls.say([&](std::string& buffer) { Writer(buffer, Kind::kHandled).number(result); });
}

void say_destroyed(GuestCalls& calls) {
  (void)calls.say([](std::string& buffer) { const Writer empty(buffer, Kind::kDestroyed); });
}

std::string library_file() {
  return "/proc/self/fd/" + std::to_string(kLibraryNumber);
}

std::shared_ptr<const plugin::Library> load(const Task& task) {
  try {
    auto library = plugin::Library::of_copy(library_file());
    ::close(kLibraryNumber);
    return library;
  } catch (const std::exception& error) {
    throw report::StartupError("namespace \"" + task.ns +
                               "\": its plugin cannot be loaded in a "
                               "process of its own: " +
                               error.what());
  }
}

void confine(const Task& task) {
  try {
    confine(task.confinement);
  } catch (const report::StartupError& error) {
    throw report::StartupError("namespace \"" + task.ns +
                               "\": its plugin cannot be confined: " + error.what());
  }
}

// Handles events until the instance is to be destroyed.
void serve(GuestEvents& events, GuestTable& table, plugin::Instance& instance) {
  std::optional<Running> running;
  for (;;) {
    const Record record = events.next([&] { running.reset(); });
    if (record.kind == Kind::kDestroy) return;
    const stoa_event event = read_event(record);
    if (event.kind == STOA_EVENT_EXPORT && event.connection == 0) table.calls().allow_state();
    if (!running) running.emplace(table.calls());
    table.handling(event.reply);
    say_handled(table.calls(), instance.handle(event));
  }
}

std::unique_ptr<plugin::Instance> create(const Task& task, GuestTable& table) {
  const auto library = load(task);
  const Running running(table.calls());
  auto instance = std::make_unique<plugin::Instance>(library, task.ns, task.config_json,
                                                     table.host(), false, task.version);
  (void)table.calls().say([](std::string& buffer) { write_created(buffer, STOA_OK, {}); });
  return instance;
}

std::unique_ptr<GuestCalls> open_calls(const Task& task) {
  try {
    return std::make_unique<GuestCalls>(kCallsNumber);
  } catch (const std::system_error& error) {
    throw report::StartupError("namespace \"" + task.ns +
                               "\": its plugin's process has no thread for the host: " +
                               error.what() + "; raise its limit of threads");
  }
}

// The answer to a task that is only that.
void describe() {
  plugin::become_expendable();
  const std::string file = library_file();
  std::string buffer;
  try {
    write_created(buffer, STOA_OK, plugin::probe_here(file));
  } catch (const std::exception& error) {
    const std::string_view why = error.what();
    const std::string path = file + ": ";  // with which the loader begins
    write_created(buffer, STOA_ERR_FAILED, why.substr(why.starts_with(path) ? path.size() : 0));
  }
  write_all(kCallsNumber, buffer);
}

void live() {
  GuestEvents events(kEventsNumber);
  const Task task = read_task(events.next([] {}));
  confine(task);
  if (task.describe) return describe();
  const auto calls = open_calls(task);
  GuestTable table(*calls);
  auto instance = create(task, table);
  serve(events, table, *instance);
  const Running running(*calls);
  instance.reset();
  say_destroyed(*calls);
}

void refuse(std::string_view why) {
  std::string buffer;
  write_created(buffer, STOA_ERR_FAILED, why);
  write_all(kCallsNumber, buffer);
}

// A plugin that has no memory left would limp on, with what it could not do half done. A new one
// begins afresh.
void end_without_memory() {
  constexpr std::string_view kWhy = "stoa: guest: out of memory\n";
  static_cast<void>(::write(STDERR_FILENO, kWhy.data(), kWhy.size()));
  std::abort();
}

void prepare() {
  ::prctl(PR_SET_NAME, "stoa-guest");
  for (const int number : {kEventsNumber, kCallsNumber, kLibraryNumber}) {
    if (::fcntl(number, F_SETFD, FD_CLOEXEC) == 0) continue;
    ::fputs("stoa: a guest is started by the server only\n", stderr);
    ::_exit(2);
  }
  // What is printed is a line in the log, at once.
  ::setvbuf(stdout, nullptr, _IOLBF, 0);
  plugin::name_culprit_on_crash();
  plugin::tell_whence_crashes_came();
  std::set_new_handler(end_without_memory);
}

}  // namespace

// It leaves without the destructors of static objects, a plugin's among them: they had their
// destroy().
void be_guest() {
  prepare();
  try {
    live();
  } catch (const report::StartupError& error) {
    refuse(error.what());
  } catch (const std::exception& error) {
    ::fprintf(stderr, "stoa: guest: %s\n", error.what());
    ::_exit(1);
  }
  ::fflush(nullptr);
  ::_exit(0);
}

}  // namespace stoa::remote
