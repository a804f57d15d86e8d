// How other threads reach a worker.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "report/mutex.h"

namespace stoa::routing {

class Shard;
using Task = std::function<void(Shard&)>;

// Many producers, one consumer: the shard it belongs to, which runs the tasks on its loop thread in
// the order in which they were put in.
class Inbox {
 public:
  static constexpr std::size_t kMaxTasks = 1'000'000;

  Inbox();  // throws report::StartupError if the system has no descriptor left
  ~Inbox();
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  // An eventfd that becomes readable when there is something to run: the loop watches it.
  [[nodiscard]] int wake_fd() const noexcept { return wake_fd_; }

  // Any thread. False if the inbox is full: nothing was put in.
  [[nodiscard]] bool put(Task task);
  // The same without a bound, for the few tasks that must not be lost.
  void insist(Task task) { static_cast<void>(put_within(SIZE_MAX, std::move(task))); }

  // True while a task waits or runs: then whoever acts on the loop thread must queue up behind it,
  // or its message would overtake theirs.
  [[nodiscard]] bool busy() const noexcept { return waiting_.load(std::memory_order_acquire) != 0; }

  // Loop thread: runs what was put in before the call, and resets wake_fd().
  void run(Shard& shard);

 private:
  [[nodiscard]] bool put_within(std::size_t bound, Task task);

  int wake_fd_;
  report::Mutex mutex_;
  std::vector<Task> tasks_ GUARDED_BY(mutex_);
  std::vector<Task> running_;  // kept for its capacity; loop thread only
  std::atomic<std::size_t> waiting_ = 0;
};

}  // namespace stoa::routing
