// Getting frames into outboxes.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "routing/audience.h"
#include "routing/connection.h"
#include "routing/counters.h"
#include "routing/limits.h"
#include "routing/namespace.h"
#include "wire/frame.h"

namespace stoa::routing {

class Shard;

// One shard's. Loop thread only.
class Delivery {
 public:
  Delivery(Shard& shard, Counters& counters, const Limits& limits)
      : shard_(shard), counters_(counters), queue_bytes_(limits.send_queue_bytes) {}

  // How the net room writes what a connection's outbox holds, as far as its socket takes it,
  // without ending the connection, whatever goes wrong.
  using Write = void (*)(void* transport);
  void write_by(Write write) noexcept { write_ = write; }

  // Queues a frame of this flow for one connection. What is too much for its queue, although all
  // that its socket takes was written, closes it with 3008.
  void say(Connection& to, Flow flow, wire::Frame frame) {
    if (to.is_closing()) return;
    to.outbox.push(flow, std::move(frame));
    said(to);
  }
  // The same for a frame around `head` and `body` that nobody else is sent.
  void say(Connection& to, Flow flow, wire::Opcode opcode, std::string_view head,
           std::string_view body) {
    if (to.is_closing()) return;
    to.outbox.push(flow, opcode, head, body);
    said(to);
  }
  // Says a frame, and puts a barrier behind it; returns the barrier's number.
  uint32_t say_with_barrier(Connection& to, Flow flow, wire::Frame frame);

  // Queues a frame for everyone of the audience on this shard who is connected; returns how many.
  std::size_t deliver(const Audience& audience, const wire::Frame& frame);

  // Closes the connection once what was said before is written. The first reason stays.
  void close(Connection& connection, uint16_t code, std::string_view reason);

  // Nothing more is read from this client, at the end of the turn, or again. One that is to be
  // closed is read: its last pongs and its close frame count.
  void pause_reading(Connection& connection, bool pause) {
    if (connection.full == pause || connection.is_closing()) return;
    connection.full = pause;
    mark(connection);
  }

  // The same, for a version's lane that is full.
  void push_back(Connection& connection, bool on) {
    if (connection.feeds_too_much == on || connection.is_closing()) return;
    connection.feeds_too_much = on;
    mark(connection);
  }

  // A pong came, or a word that shows that the client handled what stands before `barrier`. Did the
  // pong lift a barrier?
  bool pong(Connection& connection, std::string_view payload);
  void confirm(Connection& connection, uint32_t& barrier) {
    if (barrier != 0) lift(connection, barrier);
  }

  // Connections with something to write or to close. The net room empties it at the end of each
  // turn; entries may be null.
  [[nodiscard]] std::vector<Connection*>& dirty() noexcept { return dirty_; }
  void forget(Connection& connection);

 private:
  // The connection's outbox has grown.
  void said(Connection& to) {
    counters_.frames_out.add();
    if (to.outbox.bytes() > queue_bytes_) return said_much(to);
    mark(to);
  }
  void said_much(Connection& to);
  void mark(Connection& connection) {
    if (connection.dirty) return;
    connection.dirty = true;
    dirty_.push_back(&connection);
  }
  void lift(Connection& connection, uint32_t& barrier);
  std::size_t deliver_to(const std::vector<Membership*>& members, const Audience& audience,
                         const wire::Frame& frame);

  Shard& shard_;
  Counters& counters_;
  const std::size_t queue_bytes_;
  Write write_ = nullptr;
  std::vector<Connection*> dirty_;
};

}  // namespace stoa::routing
