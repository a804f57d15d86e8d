#include "routing/inbox.h"

namespace stoa::routing {

bool Inbox::put(Task task) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    if (tasks_.size() >= kMaxTasks) return false;
    first = tasks_.empty();
    tasks_.push_back(std::move(task));
    waiting_.fetch_add(1, std::memory_order_release);
  }
  // One wake-up a batch: whoever finds the inbox empty rings.
  if (first) wake_();
  return true;
}

void Inbox::run(Shard& shard) {
  {
    const std::lock_guard lock(mutex_);
    running_.swap(tasks_);
  }
  for (Task& task : running_) {
    task(shard);
    // Counted down after it ran: what it says goes behind the tasks that still wait.
    waiting_.fetch_sub(1, std::memory_order_release);
  }
  running_.clear();
}

}  // namespace stoa::routing
