#include "routing/outbox.h"

#include <algorithm>
#include <utility>

namespace stoa::routing {
namespace {

// An idle connection keeps room for this many entries.
constexpr std::size_t kKeptCapacity = 32;

// Frames up to this size share an entry until it holds as much; a larger one is worth its own.
constexpr std::size_t kOwnBytes = 4096;

// The payload of a barrier's ping. Never empty: libwebsockets 4.1.6 does not tell of a pong without
// one. Never "?", which is an idle connection's.
std::string mark_of(uint32_t barrier) {
  return std::to_string(barrier);
}

}  // namespace

void Outbox::push(wire::Frame frame) {
  bytes_ += frame.bytes().size();
  ++waiting_;
  entries_.push_back({std::move(frame)});
}

void Outbox::push(wire::Opcode opcode, std::string_view head, std::string_view body) {
  if (head.size() + body.size() > kOwnBytes) return push(wire::Frame::of(opcode, head, body));
  const std::size_t before = own_.size();
  wire::append_frame(own_, opcode, head, body);
  const auto added = static_cast<uint32_t>(own_.size() - before);
  bytes_ += added;
  const uint32_t last = head_ < entries_.size() ? entries_.back().own : 0;
  if (last != 0 && last < kOwnBytes) {
    entries_.back().own += added;
  } else {
    ++waiting_;
    entries_.push_back({.own = added});
  }
}

uint32_t Outbox::push_barrier() {
  if (++last_barrier_ == 0) last_barrier_ = 1;
  entries_.push_back({.barrier = last_barrier_});
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
      if (waiting_ > 0 && !ping_sent_) {
        batch += wire::Frame::of(wire::Opcode::kPing, mark_of(entry.barrier)).bytes();
        ping_sent_ = true;
      }
      break;
    }
    gather(batch, entry);
    ++head_;
  }
  compact();
  return batch.size() > before;
}

void Outbox::gather(std::string& batch, Entry& entry) {
  if (entry.is_lifted()) return;
  const std::size_t before = batch.size();
  if (entry.frame) {
    batch += entry.frame.bytes();
    entry.frame = wire::Frame();
  } else {
    batch.append(own_, own_head_, entry.own);
    own_head_ += std::exchange(entry.own, 0);
  }
  bytes_ -= batch.size() - before;
  --waiting_;
}

bool Outbox::ready() const noexcept {
  if (waiting_ == 0) return false;
  return entries_[head_].barrier == 0 || !ping_sent_;
}

void Outbox::clear() {
  entries_.clear();
  own_ = {};
  head_ = own_head_ = waiting_ = bytes_ = 0;
  ping_sent_ = false;
}

void Outbox::skip_lifted() noexcept {
  while (head_ < entries_.size() && entries_[head_].is_lifted()) ++head_;
}

void Outbox::compact() {
  if (head_ == entries_.size()) {
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
