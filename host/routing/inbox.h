// How other threads reach a worker.
#pragma once

#include <sys/eventfd.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "report/mutex.h"
#include "routing/outcome.h"

namespace stoa::routing {

class Shard;
using Task = std::function<void(Shard&)>;

class Inbox;

// While it lives, what its thread puts into inboxes can be kept from waking their loops, so that
// several things wake them once. A loop that is awake finds them all the same.
class LateRings {
 public:
  LateRings();
  ~LateRings();
  LateRings(const LateRings&) = delete;
  LateRings& operator=(const LateRings&) = delete;

  // From now on, or no more.
  void keep_back(bool on) noexcept { on_ = on; }
  // Wakes those that were not.
  void ring();

 private:
  friend class Inbox;
  void note(Inbox& inbox);
  static thread_local LateRings* here_;
  bool on_ = false;
  std::vector<Inbox*> late_;
};

// Many producers, one consumer: the shard it belongs to, which runs the tasks on its loop thread in
// the order in which they were put in.
class Inbox {
 public:
  static constexpr std::size_t kMaxTasks = 1'000'000;
  static constexpr std::size_t kMaxBytes = std::size_t{256} * 1024 * 1024;
  static constexpr std::size_t kKeptBytes = std::size_t{1024} * 1024;

  Inbox();  // throws report::StartupError if the system has no descriptor left
  ~Inbox();
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  // An eventfd that becomes readable when there is something to run: the loop watches it.
  [[nodiscard]] int wake_fd() const noexcept { return wake_fd_; }

  // Any thread. False if the inbox is full: nothing was put in. `bytes` is what it carries.
  [[nodiscard]] bool put(Task task, std::size_t bytes = 0);
  // The same without a bound, for the few tasks that must not be lost.
  void insist(Task task);
  // The same as a task that hands it to the shard's questions, at less cost.
  void put_answer(stoa_reply token, const Said& said);

  // True while a task waits or runs: then whoever acts on the loop thread must queue up behind it,
  // or its message would overtake theirs.
  [[nodiscard]] bool busy() const noexcept { return waiting_.load(std::memory_order_acquire) != 0; }

  // Loop thread: runs what was put in before the call, and resets wake_fd().
  void run(Shard& shard);

  // Wakes the loop if something waits that nobody woke it for.
  void ring();

 private:
  // An answer, if there is no task; its body is among the bytes beside it.
  struct Item {
    Task task;
    stoa_reply token = 0;
    Said said = {};
    std::size_t from = 0;
  };
  struct Items {
    std::vector<Item> all;
    std::string bytes;
  };

  // Is the loop to be woken for what was put in?
  [[nodiscard]] bool note_put() REQUIRES(mutex_);
  void wake() const;
  void take_rings();

  int wake_fd_;
  report::Mutex mutex_;
  Items items_ GUARDED_BY(mutex_);
  std::size_t carried_ GUARDED_BY(mutex_) = 0;  // by these
  bool rung_ GUARDED_BY(mutex_) = false;        // for these
  eventfd_t unread_ = 0;  // rings that wake_fd() has or will have; loop thread only
  Items running_;         // kept for its capacity; loop thread only
  std::atomic<std::size_t> waiting_ = 0;
};

}  // namespace stoa::routing
