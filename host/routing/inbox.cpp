#include "routing/inbox.h"

#include <unistd.h>

#include <algorithm>

#include "report/startup_error.h"
#include "routing/shard.h"

namespace stoa::routing {

Inbox::Inbox() : wake_fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (wake_fd_ < 0) {
    throw report::StartupError("no file descriptor left for a worker: raise the limit (ulimit -n)");
  }
}

Inbox::~Inbox() {
  ::close(wake_fd_);
}

bool Inbox::put(Task task, std::size_t bytes) {
  bool rings = false;
  {
    const report::MutexLock lock(mutex_);
    // One that carries more than there may be is taken if it is the only one.
    const bool full = items_.all.size() >= kMaxTasks || carried_ + bytes > kMaxBytes;
    if (full && !items_.all.empty()) return false;
    items_.all.push_back({.task = std::move(task)});
    carried_ += bytes;
    rings = note_put();
  }
  if (rings) wake();
  return true;
}

void Inbox::insist(Task task) {
  bool rings = false;
  {
    const report::MutexLock lock(mutex_);
    items_.all.push_back({.task = std::move(task)});
    rings = note_put();
  }
  if (rings) wake();
}

void Inbox::put_answer(stoa_reply token, const Said& said) {
  bool rings = false;
  {
    const report::MutexLock lock(mutex_);
    items_.all.push_back(
        {.task = nullptr, .token = token, .said = said, .from = items_.bytes.size()});
    items_.bytes.append(said.body);
    rings = note_put();
  }
  if (rings) wake();
}

// One wake-up a batch.
bool Inbox::note_put() {
  waiting_.fetch_add(1, std::memory_order_release);
  if (rung_) return false;
  if (LateRings* const late = LateRings::here_; late && late->on_) {
    late->note(*this);
    return false;
  }
  return rung_ = true;
}

void Inbox::wake() const {
  eventfd_write(wake_fd_, 1);
}

void Inbox::ring() {
  {
    const report::MutexLock lock(mutex_);
    if (rung_ || items_.all.empty()) return;
    rung_ = true;
  }
  wake();
}

thread_local LateRings* LateRings::here_ = nullptr;

LateRings::LateRings() {
  here_ = this;
}

LateRings::~LateRings() {
  here_ = nullptr;
  ring();
}

void LateRings::note(Inbox& inbox) {
  if (std::ranges::find(late_, &inbox) == late_.end()) late_.push_back(&inbox);
}

void LateRings::ring() {
  for (Inbox* const inbox : late_) inbox->ring();
  late_.clear();
}

// Whoever rings says so first and writes then: what is not there yet will wake the loop in vain.
void Inbox::take_rings() {
  eventfd_t rings = 0;
  if (unread_ != 0 && eventfd_read(wake_fd_, &rings) == 0) unread_ -= rings;
}

void Inbox::run(Shard& shard) {
  {
    const report::MutexLock lock(mutex_);
    std::swap(running_, items_);
    carried_ = 0;
    if (std::exchange(rung_, false)) ++unread_;
  }
  take_rings();
  for (const Item& item : running_.all) {
    if (item.task) {
      item.task(shard);
    } else {
      Said said = item.said;
      said.body = std::string_view(running_.bytes).substr(item.from, said.body.size());
      // It may have ended meanwhile, with its connection or by a thread of the plugin's own.
      static_cast<void>(shard.calls().questions().answer_in_place(item.token, said));
    }
    // Counted down after it ran: what it says goes behind the tasks that still wait.
    waiting_.fetch_sub(1, std::memory_order_release);
  }
  running_.all.clear();
  running_.bytes.clear();
  // One flood is no reason to keep its memory for ever.
  if (running_.bytes.capacity() > kKeptBytes) running_.bytes.shrink_to_fit();
}

}  // namespace stoa::routing
