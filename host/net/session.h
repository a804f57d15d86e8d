// One WebSocket connection, as libwebsockets sees it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "routing/connection.h"
#include "routing/deadlines.h"

struct lws;

namespace stoa::net {

class Worker;

// Puts frames together from what libwebsockets delivers, writes what the outbox holds, and watches
// the clock. Made at the upgrade, destroyed when libwebsockets closes the connection. Loop thread
// only.
class Session {
 public:
  Session(Worker& worker, lws* wsi);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Opens the connection in the routing room. False: refused.
  [[nodiscard]] bool open(routing::Facts facts);

  // A piece of a frame came. False: close now.
  [[nodiscard]] bool receive(std::string_view piece);
  void pong(std::string_view payload);
  // The peer's close frame.
  void peer_closes(uint16_t code, std::string_view reason);
  // The socket can be written again. False: close now, with the reason that was set.
  [[nodiscard]] bool writable();
  // The connection is gone, whatever the cause.
  void closed();

  // Writes what may be written now. Called at the end of a turn for connections that have
  // something.
  void flush();
  // Writes what the socket takes, in the middle of a turn. A broken socket ends the connection at
  // the turn's end.
  void write_ahead();
  // Looks at the clock: acknowledgement, idleness, stalls.
  void check(routing::TimePoint now);

 private:
  void message_complete(std::string_view payload);
  void close(uint16_t code, std::string_view reason);
  // False: the socket is broken.
  [[nodiscard]] bool write_outbox();
  void bound_unsent();
  void write_ping();
  void note_progress(routing::TimePoint now);
  // Lets the routing room deliver the last events. Nothing is received afterwards.
  void finish(uint16_t code, std::string_view reason);
  // Closes the socket without a word, soon.
  void kill(std::string_view reason);

  Worker& worker_;
  lws* const wsi_;
  routing::Connection* connection_ = nullptr;  // null once finished
  std::string assembly_;                       // of a message in several pieces
  routing::TimePoint opened_;
  routing::TimePoint last_received_;
  routing::TimePoint stuck_since_;  // choked: since the last progress
  routing::TimePoint held_since_;   // at a barrier: how long its pong has been awaited
  int unsent_ = 0;                  // in the kernel, when last looked at
  uint16_t peer_code_ = 1006;
  bool broken_ = false;     // found while a plugin was running
  bool choked_ = false;     // libwebsockets holds bytes that the socket did not take
  bool paused_ = false;     // nothing is read for now
  bool ping_sent_ = false;  // for idleness
  routing::TimePoint pinged_at_;
  bool at_barrier_ = false;
  bool bounded_ = false;  // what the kernel takes ahead of the peer
  bool closing_ = false;  // the close frame is on its way
};

}  // namespace stoa::net
