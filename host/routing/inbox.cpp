#include "routing/inbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "report/startup_error.h"

namespace stoa::routing {

Inbox::Inbox() : wake_fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (wake_fd_ < 0) {
    throw report::StartupError("no file descriptor left for a worker: raise the limit (ulimit -n)");
  }
}

Inbox::~Inbox() {
  close(wake_fd_);
}

bool Inbox::put(Task task) {
  return put_within(kMaxTasks, std::move(task));
}

bool Inbox::put_within(std::size_t bound, Task task) {
  bool first = false;
  {
    const report::MutexLock lock(mutex_);
    if (tasks_.size() >= bound) return false;
    first = tasks_.empty();
    tasks_.push_back(std::move(task));
    waiting_.fetch_add(1, std::memory_order_release);
  }
  // One wake-up a batch: whoever finds the inbox empty rings.
  if (first) eventfd_write(wake_fd_, 1);
  return true;
}

void Inbox::run(Shard& shard) {
  eventfd_t rung = 0;
  eventfd_read(wake_fd_, &rung);
  {
    const report::MutexLock lock(mutex_);
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
