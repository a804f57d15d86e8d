#include "routing/frame_queue.h"

#include <algorithm>
#include <utility>

namespace stoa::routing {
namespace {

// An idle connection keeps room for this many entries.
constexpr std::size_t kKeptCapacity = 32;

}  // namespace

void FrameQueue::push_barrier(Flow flow, uint32_t number) {
  push({.barrier = number, .flow = flow});
}

bool FrameQueue::lift(uint32_t number) {
  const auto front = entries_.begin() + static_cast<std::ptrdiff_t>(head_);
  const auto at = std::find_if(front, entries_.end(),
                               [number](const Entry& each) { return each.barrier == number; });
  if (at == entries_.end()) return false;
  if (at == front) pinged_ = 0;
  at->barrier = 0;
  skip_lifted();
  return true;
}

bool FrameQueue::lift_pinged(uint32_t ping) {
  if (pinged_ == 0 || pinged_ > ping) return false;
  pinged_ = 0;
  entries_[head_].barrier = 0;
  skip_lifted();
  return true;
}

void FrameQueue::skip_lifted() noexcept {
  while (head_ < entries_.size() && entries_[head_].is_lifted()) ++head_;
}

bool FrameQueue::is_mixed() {
  if (!differs_ || head_ == entries_.size()) return false;
  usual_ = entries_[head_].flow;
  differs_ = std::any_of(entries_.begin() + static_cast<std::ptrdiff_t>(head_), entries_.end(),
                         [this](const Entry& each) { return each.flow != usual_; });
  return differs_;
}

void FrameQueue::gather(std::string& batch, std::size_t limit) {
  const std::size_t before = batch.size();
  while (head_ < entries_.size() && batch.size() - before < limit) {
    if (entries_[head_].barrier != 0) break;
    gather(batch, entries_[head_]);
    ++head_;
  }
  compact();
}

void FrameQueue::gather_front(std::string& batch) {
  gather(batch, entries_[head_]);
  ++head_;
  skip_lifted();
  compact();
}

void FrameQueue::gather(std::string& batch, Entry& entry) {
  if (entry.is_lifted()) return;
  if (entry.frame) {
    batch += entry.frame.bytes();
    entry.frame = wire::Frame();
  } else {
    batch.append(own_, own_head_, entry.own);
    own_head_ += std::exchange(entry.own, uint16_t{0});
  }
  --waiting_;
}

void FrameQueue::move(Entry& entry, FrameQueue& to) {
  if (entry.barrier != 0) {
    to.push_barrier(entry.flow, entry.barrier);
  } else if (entry.frame) {
    to.push(entry.flow, std::move(entry.frame));
  } else if (entry.own != 0) {
    to.own_.append(own_, own_head_, entry.own);
    to.note_own(entry.flow, entry.own);
    own_head_ += entry.own;
  }
}

void FrameQueue::clear() {
  entries_.clear();
  own_ = {};
  head_ = own_head_ = waiting_ = 0;
  pinged_ = 0;
  differs_ = false;
}

void FrameQueue::compact() {
  if (head_ == entries_.size()) {
    if (differs_) usual_ = entries_.back().flow;
    differs_ = false;
    entries_.clear();
    own_ = {};
    head_ = own_head_ = 0;
    if (entries_.capacity() > kKeptCapacity) entries_.shrink_to_fit();
  } else if (head_ > 64 && head_ > entries_.size() / 2) {
    entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
  }
  if (own_head_ > 4 * kOwnBytes && own_head_ > own_.size() / 2) {
    own_.erase(0, std::exchange(own_head_, 0));
  }
}

}  // namespace stoa::routing
