#include "plugin/running.h"

#include <pthread.h>
#include <unistd.h>

#include <array>
#include <vector>

#include "plugin/instance.h"
#include "report/mutex.h"

namespace stoa::plugin {

namespace {

// Written by its own thread. Read by the signal handler on that thread, and by onlookers.
struct Running {
  std::atomic<const Instance*> instance = nullptr;
  std::atomic<const stoa_event*> event = nullptr;
  CallMark mark;
};
thread_local constinit Running running;
thread_local constinit bool known_here = false;

struct Known {
  const Running* running;
  pthread_t thread;
  uint64_t number;
};

report::Mutex everyone_lock;
std::vector<Known> everyone GUARDED_BY(everyone_lock);
std::atomic<void (*)()> prepare_thread = nullptr;

// Makes a thread's `running` known as long as the thread lives.
class KnownToEveryone {
 public:
  KnownToEveryone() {
    const report::MutexLock lock(everyone_lock);
    everyone.push_back({&running, ::pthread_self(), static_cast<uint64_t>(::gettid())});
  }
  ~KnownToEveryone() {
    const report::MutexLock lock(everyone_lock);
    std::erase_if(everyone, [](const Known& one) { return one.running == &running; });
  }
};

[[gnu::cold, gnu::noinline]] void become_known(void (*prepare)()) {
  known_here = true;
  prepare();
  thread_local const KnownToEveryone known;
}

std::string_view name_of(pthread_t thread, std::array<char, 16>& buffer) {
  return ::pthread_getname_np(thread, buffer.data(), buffer.size()) == 0 ? buffer.data() : "";
}

}  // namespace

RunningNow::RunningNow(const Instance& instance, const stoa_event* event) noexcept {
  auto* const prepare = prepare_thread.load(std::memory_order_relaxed);
  if (!known_here && prepare) become_known(prepare);
  running.event.store(event, std::memory_order_relaxed);
  running.instance.store(&instance, std::memory_order_release);
  running.mark.begin(event ? event->kind : 0, event ? event->index : 0);
}

RunningNow::~RunningNow() {
  running.mark.end();
  running.instance.store(nullptr, std::memory_order_release);
}

RunningHere running_here() noexcept {
  return {running.instance, running.event};
}

void know_who_runs(void (*prepare)()) {
  prepare_thread = prepare;
}

void each_running(const std::function<void(const RunningCall&)>& visit) {
  const report::MutexLock lock(everyone_lock);
  for (const Known& each : everyone) {
    const auto call = each.running->mark.look();
    // Between a call's end and the next one's begin there is none.
    const Instance* const instance = each.running->instance.load(std::memory_order_acquire);
    if (!call || !instance) continue;
    std::array<char, 16> name;
    visit({*instance, *call, each.number, name_of(each.thread, name)});
  }
}

void wait_for_onlookers() noexcept {
  const report::MutexLock lock(everyone_lock);
}

std::string_view kind_name(uint32_t kind) noexcept {
  static constexpr std::array<std::string_view, 22> kNames = {
      "event",     "open",        "close",       "connect",       "connected", "disconnect",
      "room join", "room joined", "room leave",  "room left",     "message",   "native message",
      "answer",    "timer",       "posted work", "configuration", "self-test", "export",
      "exported",  "import",      "judge",       "attach"};
  return kNames[kind < kNames.size() ? kind : 0];
}

std::string in_words(const Description& plugin, const CallMark::Call& call) {
  if (call.kind == 0) return "create() or destroy()";
  std::string words = "event " + std::string(kind_name(call.kind));
  // One that the plugin handles by its wildcard has no name that is known here.
  const bool named = call.kind == STOA_EVENT_MESSAGE && call.index < plugin.events.size();
  if (named) words += " \"" + plugin.events[call.index] + "\"";
  return words;
}

}  // namespace stoa::plugin
