// The client's connection over time: dialled, open, lost, sought again, restored, closed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "backoff.h"
#include "loop.h"
#include "presence.h"
#include "session.h"
#include "socket.h"
#include "stoa/client.hpp"
#include "url.h"

namespace stoa::client {

// Owned by the client, and borrows its other parts. Lives on the loop's thread.
class Link {
 public:
  Link(Client& client, const Options& options, Loop& loop, Socket& socket, Presence& presence,
       Session& session);
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // What the client wants; see client.hpp.
  void dial(Completion done);
  void close(uint16_t code, std::string_view reason);
  // Closes for good: from now on dial() is refused.
  void end();
  // The namespace is not to be entered again when the connection is back.
  void forget(std::string_view ns);

  // What the session and the socket report.
  void accepted(std::string id, Memberships where);
  void refused(std::string text);
  void gone(const Closed& closed, bool opened);

 private:
  // kWaiting: between two tries, and while the handlers of a loss run.
  enum class State { kIdle, kDialing, kOpen, kWaiting };

  [[nodiscard]] Outcome check(const std::optional<Url>& url) const;
  void attempt();
  void attempt_failed(const Closed& closed, bool opened);
  void lost(Closed closed);
  void schedule_attempt();
  void give_up();
  void settle();

  void restore();
  void restore_rooms(const std::string& ns, const Rooms& rooms, uint64_t era);
  void restored_one(uint64_t era);

  void set_timer(std::chrono::milliseconds delay, Loop::Task task);
  void cancel_timer();
  [[nodiscard]] Headers headers() const;

  Client& client_;
  const Options& options_;
  Loop& loop_;
  Socket& socket_;
  Presence& presence_;
  Session& session_;
  Backoff backoff_;

  State state_ = State::kIdle;
  bool closing_ = false;  // close() was called since dial()
  bool ended_ = false;
  Url url_;
  uint32_t tries_ = 0;  // 0: the dial itself
  Completion dialed_;
  Outcome verdict_;                   // why the present attempt fails, if we know; else kOk
  std::optional<Loop::Timer> timer_;  // dial deadline, close deadline or next try
  Memberships wanted_;                // to be entered again
  bool restoring_ = false;            // part of wanted_ is not entered yet
  std::size_t restoring_left_ = 0;    // answers that are missing until it is
};

}  // namespace stoa::client
