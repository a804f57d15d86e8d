// Frames of several flows, which take turns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "routing/flow.h"
#include "routing/frame_queue.h"

namespace stoa::routing {

// A line for each flow, and a clock that counts the bytes that go out. Of the lines that have a
// frame in front, the next one is that which had the least for its weight; a line that had nothing
// to say for a while has the time that it is, not the bytes that it missed. So each gets its share
// as long as it wants it, and one frame of a line that is mostly silent waits for one other only.
// The connection's own line goes before all others, and a barrier in it holds them all. Part of an
// outbox.
class FairQueue {
 public:
  FairQueue() : lines_(1) {}

  // Moves everything here, behind what is here. A line that was made stays, with what it had: there
  // are never more than the server has namespaces.
  void take(FrameQueue& from);
  // Moves everything, by now nothing but barriers, back.
  void return_to(FrameQueue& to);

  // Appends to `batch`, and forgets, what may go out: until `limit` bytes were appended, which the
  // last frame may exceed.
  void gather(std::string& batch, std::size_t limit, const Weights& weights);

  // False if the barrier is not here.
  bool lift(uint32_t number);
  // Lifts those barriers in front that one of the pings up to this was sent for; were there any?
  bool lift_pinged(uint32_t ping);

  // Is there a frame that may go out?
  [[nodiscard]] bool can_go() const noexcept;
  // Is there a barrier in front of a frame for which no ping was sent?
  [[nodiscard]] bool wants_ping() const noexcept;
  // Was a ping sent for a barrier that is still here?
  [[nodiscard]] bool is_pinged() const noexcept;
  // This ping is sent for all of them.
  void note_ping(uint32_t ping) noexcept;

 private:
  struct Line {
    Flow flow = Flow::kConnection;
    uint64_t due = 0;  // when the clock shows it, the line has had its share
    FrameQueue frames;
  };

  [[nodiscard]] FrameQueue& own() noexcept { return lines_.front().frames; }
  [[nodiscard]] const FrameQueue& own() const noexcept { return lines_.front().frames; }
  [[nodiscard]] FrameQueue& line(Flow flow);
  [[nodiscard]] Line* next() noexcept;
  [[nodiscard]] bool wants_ping(const Line& line) const noexcept;

  std::vector<Line> lines_;  // the connection's, then the others as they came
  uint64_t clock_ = 0;
};

}  // namespace stoa::routing
