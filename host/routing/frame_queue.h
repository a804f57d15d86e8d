// Frames in their order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "routing/flow.h"
#include "wire/frame.h"

namespace stoa::routing {

// First in, first out, with barriers between frames: what is behind one does not go out before it
// is lifted. Each entry knows its flow. Part of an outbox, which says what barriers are for.
class FrameQueue {
 public:
  // These return how many bytes were added. Those of a frame around `head` and `body` are kept
  // here, which costs less than a frame that can be shared.
  std::size_t push(Flow flow, wire::Frame frame) {
    const std::size_t added = frame.bytes().size();
    ++waiting_;
    push({.frame = std::move(frame), .flow = flow});
    return added;
  }
  std::size_t push(Flow flow, wire::Opcode opcode, std::string_view head, std::string_view body) {
    if (head.size() + body.size() > kOwnBytes) {
      return push(flow, wire::Frame::of(opcode, head, body));
    }
    const std::size_t before = own_.size();
    wire::append_frame(own_, opcode, head, body);
    const std::size_t added = own_.size() - before;
    note_own(flow, added);
    return added;
  }
  // REQUIRES: a number that is not 0, and no other barrier's.
  void push_barrier(Flow flow, uint32_t number);

  // False if the barrier is not here.
  bool lift(uint32_t number);
  // Lifts the barrier in front if one of the pings up to this was sent for it.
  bool lift_pinged(uint32_t ping);

  // Does a barrier stand in front?
  [[nodiscard]] bool is_held() const noexcept {
    return head_ < entries_.size() && entries_[head_].barrier != 0;
  }
  // Are frames here, in front of a barrier or behind one?
  [[nodiscard]] bool has_frames() const noexcept { return waiting_ != 0; }
  // Is there a frame in front?
  [[nodiscard]] bool can_go() const noexcept { return has_frames() && !is_held(); }
  // Is a ping on its way that will lift the barrier in front?
  [[nodiscard]] bool is_pinged() const noexcept { return pinged_ != 0; }
  // REQUIRES: is_held().
  void note_ping(uint32_t ping) noexcept { pinged_ = ping; }
  // Is more than one flow here? It may be if it is not known yet.
  [[nodiscard]] bool is_mixed();
  [[nodiscard]] bool may_be_mixed() const noexcept { return differs_; }

  // Appends to `batch`, and forgets, all frames in front of the first barrier: until `limit` bytes
  // were appended, which the last of them may exceed.
  void gather(std::string& batch, std::size_t limit);
  // The same with what is in front: a frame, or several small ones. REQUIRES: can_go().
  void gather_front(std::string& batch);

  // Moves everything to the ends of the queues that `queue_of` a flow is.
  template <class QueueOf>
  void move_to(QueueOf queue_of) {
    uint32_t pinged = pinged_;  // the barrier in front is in front there as well
    for (; head_ < entries_.size(); ++head_) {
      FrameQueue& to = queue_of(entries_[head_].flow);
      move(entries_[head_], to);
      if (pinged != 0) to.pinged_ = std::exchange(pinged, 0);
    }
    clear();
  }

  // Forgets everything.
  void clear();

 private:
  struct Entry {
    wire::Frame frame;     // empty for a barrier, and for frames that are only here
    uint32_t barrier = 0;  // 0 for frames and for a lifted barrier
    uint16_t own = 0;      // bytes in own_: those of frames that are only here
    Flow flow = Flow::kConnection;

    [[nodiscard]] bool is_lifted() const noexcept { return !frame && barrier == 0 && own == 0; }
  };
  static_assert(sizeof(Entry) == 16, "an idle connection keeps some");

  // Frames up to this size share an entry until it holds as much; a larger one is worth its own.
  static constexpr std::size_t kOwnBytes = 4096;

  void push(Entry entry) {
    differs_ |= entry.flow != usual_;
    entries_.push_back(std::move(entry));
  }
  // Behind what is in own_ are so many more bytes.
  void note_own(Flow flow, std::size_t bytes) {
    if (head_ < entries_.size()) {
      Entry& last = entries_.back();
      if (last.own != 0 && last.own < kOwnBytes && last.flow == flow) {
        last.own = static_cast<uint16_t>(last.own + bytes);
        return;
      }
    }
    ++waiting_;
    push({.own = static_cast<uint16_t>(bytes), .flow = flow});
  }
  void gather(std::string& batch, Entry& entry);
  void move(Entry& entry, FrameQueue& to);
  void skip_lifted() noexcept;
  void compact();

  std::vector<Entry> entries_;
  std::size_t head_ = 0;  // entries before it are done
  std::string own_;
  std::size_t own_head_ = 0;  // bytes before it are done
  std::size_t waiting_ = 0;   // entries that hold frames
  uint32_t pinged_ = 0;       // the ping that was sent for the barrier in front; 0: none
  // Whether it is mixed need not be known for each frame: as long as all are of this flow it is
  // not, and else is_mixed() looks.
  Flow usual_ = Flow::kConnection;
  bool differs_ = false;
};

}  // namespace stoa::routing
