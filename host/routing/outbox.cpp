#include "routing/outbox.h"

#include <algorithm>

namespace stoa::routing {
namespace {

// An idle connection keeps room for this many entries.
constexpr std::size_t kKeptCapacity = 32;

// The payload of a barrier's ping. Never empty: libwebsockets 4.1.6 does not tell of a pong without
// one. Never "?", which is an idle connection's.
std::string mark_of(uint32_t barrier) {
  return std::to_string(barrier);
}

}  // namespace

void Outbox::push(wire::Frame frame) {
  bytes_ += frame.bytes().size();
  ++frames_;
  entries_.push_back({std::move(frame), 0});
}

uint32_t Outbox::push_barrier() {
  if (++last_barrier_ == 0) last_barrier_ = 1;
  entries_.push_back({wire::Frame(), last_barrier_});
  return last_barrier_;
}

void Outbox::confirm(uint32_t barrier) {
  const auto at =
      std::find_if(entries_.begin() + static_cast<std::ptrdiff_t>(head_), entries_.end(),
                   [barrier](const Entry& e) { return e.barrier == barrier; });
  if (at == entries_.end()) return;
  if (at == entries_.begin() + static_cast<std::ptrdiff_t>(head_)) ping_sent_ = false;
  at->barrier = 0;
  skip_lifted();
}

bool Outbox::pong(std::string_view payload) {
  if (!ping_sent_ || payload != mark_of(entries_[head_].barrier)) return false;
  ping_sent_ = false;
  entries_[head_].barrier = 0;
  skip_lifted();
  return true;
}

bool Outbox::gather(std::string& batch, std::size_t limit) {
  const std::size_t before = batch.size();
  while (head_ < entries_.size() && batch.size() - before < limit) {
    Entry& entry = entries_[head_];
    if (entry.barrier != 0) {
      if (frames_ > 0 && !ping_sent_) {
        batch += wire::Frame::of(wire::Opcode::kPing, mark_of(entry.barrier)).bytes();
        ping_sent_ = true;
      }
      break;
    }
    if (entry.frame) {
      batch += entry.frame.bytes();
      bytes_ -= entry.frame.bytes().size();
      --frames_;
      entry.frame = wire::Frame();
    }
    ++head_;
  }
  compact();
  return batch.size() > before;
}

bool Outbox::ready() const noexcept {
  if (frames_ == 0) return false;
  return entries_[head_].barrier == 0 || !ping_sent_;
}

void Outbox::clear() {
  entries_.clear();
  head_ = frames_ = bytes_ = 0;
  ping_sent_ = false;
}

void Outbox::skip_lifted() noexcept {
  while (head_ < entries_.size() && !entries_[head_].frame && entries_[head_].barrier == 0) ++head_;
}

void Outbox::compact() {
  if (head_ == entries_.size()) {
    entries_.clear();
    head_ = 0;
    if (entries_.capacity() > kKeptCapacity) entries_.shrink_to_fit();
  } else if (head_ > 64 && head_ > entries_.size() / 2) {
    entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
  }
}

}  // namespace stoa::routing
