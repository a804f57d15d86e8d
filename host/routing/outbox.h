// What waits to be written to one connection.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "routing/fair_queue.h"
#include "routing/flow.h"
#include "routing/frame_queue.h"
#include "wire/frame.h"

namespace stoa::routing {

// Frames of several flows, and barriers between them. It belongs to one connection and its loop
// thread.
//
// A barrier stands behind an answer that the client must have *handled* before it sees what
// follows: a neffos client that handles several frames in one tick registers a namespace only when
// the tick ends, and drops what came for it before. So frames behind a barrier are held, a ping is
// sent instead, and they go out when its pong shows that the client has been through its queue. A
// barrier with nothing behind it costs nothing.
//
// What always holds:
//   - The frames of a flow go out in the order in which they were pushed.
//   - A barrier holds what is behind it of its own flow; the connection's own holds everything.
//   - Where more waits than one gather() takes, or a barrier holds some of it, the flows that may
//     go share what goes out by their weights, and the connection's own goes first. Everything else
//     goes out in the order in which it was pushed, whatever its flow.
//   - One ping is awaited at a time: a client may answer only the last of several, and one of
//     libwebsockets 4.1.6 only the first. Its pong lifts all barriers that it was sent for.
//
// Most connections have one flow, or read what they are sent: theirs is a plain queue.
class Outbox {
 public:
  void push(Flow flow, wire::Frame frame) { bytes_ += queue_.push(flow, std::move(frame)); }
  // The frame around `head` and `body`. Its bytes are kept here, which costs less than a frame that
  // can be shared.
  void push(Flow flow, wire::Opcode opcode, std::string_view head, std::string_view body);

  // Returns a number by which confirm() can lift it early. Never 0.
  uint32_t push_barrier(Flow flow);

  // The client has shown by its own words that it handled what stands before this barrier.
  void confirm(uint32_t barrier);

  // A pong came. Returns whether it lifted a barrier. Other pongs answer other pings: one for
  // idleness, or that of a barrier that was confirmed in the meantime.
  bool pong(std::string_view payload);

  // Appends to `batch` what may go out now, whole frames only, up to about `limit` bytes (what came
  // last may exceed it), and forgets it. Returns whether it appended anything.
  bool gather(std::string& batch, std::size_t limit, const Weights& weights);

  // Is there something that gather() would append? It may say so in vain, once, if frames came
  // behind a barrier that holds them.
  [[nodiscard]] bool ready() const noexcept { return !empty() && may_go(); }
  // Is nothing at all waiting behind barriers or in front of them?
  [[nodiscard]] bool empty() const noexcept { return bytes_ == 0; }
  // Bytes of all waiting frames.
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

  // Forgets everything.
  void clear();

 private:
  [[nodiscard]] bool may_go() const noexcept;
  void share(std::string& batch, std::size_t limit, const Weights& weights);
  void share_no_more();
  [[nodiscard]] bool wants_ping() const noexcept;
  void append_ping(std::string& batch);

  FrameQueue queue_;                 // what came, until it goes out or is shared
  std::unique_ptr<FairQueue> fair_;  // while flows share the connection
  std::size_t bytes_ = 0;
  uint32_t last_barrier_ = 0;
  uint32_t last_ping_ = 0;
  bool pings_ = false;  // the pong of that one is awaited
};

}  // namespace stoa::routing
