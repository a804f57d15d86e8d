// What waits to be written to one connection.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "wire/frame.h"

namespace stoa::routing {

// A queue of frames, and of barriers between them. It belongs to one connection and its loop
// thread.
//
// A barrier stands behind an answer that the client must have *handled* before it sees what
// follows: a neffos client that handles several frames in one tick registers a namespace only when
// the tick ends, and drops what came for it before. So frames behind a barrier are held, a ping is
// sent instead, and they go out when its pong shows that the client has been through its queue. A
// barrier with nothing behind it costs nothing.
class Outbox {
 public:
  void push(wire::Frame frame);
  // The frame around `head` and `body`. Its bytes are kept here, which costs less than a frame that
  // can be shared.
  void push(wire::Opcode opcode, std::string_view head, std::string_view body);

  // Returns a number by which confirm() can lift it early. Never 0.
  uint32_t push_barrier();

  // The client has shown by its own words that it handled what stands before this barrier.
  void confirm(uint32_t barrier);

  // A pong came: if its payload is that of the ping of the barrier in front, this is lifted.
  // Returns whether it was. Other pongs answer other pings: one for idleness, or that of a barrier
  // that was confirmed in the meantime.
  bool pong(std::string_view payload);

  // Appends to `batch` what may go out now, whole frames only, up to about `limit` bytes (what came
  // last may exceed it), and forgets it. Returns whether it appended anything.
  bool gather(std::string& batch, std::size_t limit);

  // Is there something that gather() would append?
  [[nodiscard]] bool ready() const noexcept;
  // Is nothing at all waiting behind barriers or in front of them?
  [[nodiscard]] bool empty() const noexcept { return waiting_ == 0; }
  // Bytes of all waiting frames.
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

  // Forgets everything.
  void clear();

 private:
  struct Entry {
    wire::Frame frame;     // empty for a barrier, and for frames that are only here
    uint32_t barrier = 0;  // 0 for frames and for a lifted barrier
    uint32_t own = 0;      // bytes in own_: those of frames that are only here

    [[nodiscard]] bool is_lifted() const noexcept { return !frame && barrier == 0 && own == 0; }
  };

  void gather(std::string& batch, Entry& entry);
  void skip_lifted() noexcept;
  void compact();

  std::vector<Entry> entries_;
  std::size_t head_ = 0;  // entries before it are done
  std::string own_;
  std::size_t own_head_ = 0;  // bytes before it are done
  std::size_t waiting_ = 0;   // entries that hold frames
  std::size_t bytes_ = 0;
  uint32_t last_barrier_ = 0;
  bool ping_sent_ = false;  // for the barrier in front
};

}  // namespace stoa::routing
