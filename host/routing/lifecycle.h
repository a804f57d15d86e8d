// How connections open and end, and how they get into and out of namespaces and rooms.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "routing/asks.h"
#include "routing/connection.h"
#include "routing/outcome.h"
#include "wire/message.h"

namespace stoa::routing {

class Shard;

// One shard's. Loop thread only. "asked" acts are the client's wish; the others are the server's, each
// of them an ask to the client. The order of events is the protocol's (see the comment of each).
class Lifecycle {
 public:
  using Then = Asks::Then;

  explicit Lifecycle(Shard& shard) : shard_(shard) {}

  // Runs the opening hooks of all namespaces, in the manifest's order.
  void open(Connection& connection);
  // The client's first frame: it is told its id once the hooks have agreed.
  void acknowledge(Connection& connection);
  // Rooms left by force, then namespaces, then waiting asks end, then the close hooks.
  void gone(Connection& connection, uint16_t code, std::string_view reason);

  // Connect handler, then stored, then the empty answer, then Connected.
  void connect_asked(Connection& connection, const wire::Message& message);
  // Disconnect handler, then every room is left by force, then removed, then the empty answer.
  void disconnect_asked(Membership& member, const wire::Message& message);
  // Join handler, then stored, then Joined, then the empty answer.
  void join_asked(Membership& member, const wire::Message& message);
  // Leave handler, then removed, then Left, then the empty answer.
  void leave_asked(Membership& member, const wire::Message& message);

  // The server's side. `then` hears how it went, once.
  void connect(Connection& connection, Namespace& ns, const Then& then);
  void disconnect(Connection& connection, Namespace& ns, const Then& then);
  void join(Connection& connection, Namespace& ns, std::string_view room, const Then& then);
  void leave(Connection& connection, Namespace& ns, std::string_view room, const Then& then);

  // Says the empty answer, or an error, to a client's wish.
  void agree(Connection& connection, std::string_view wait);
  void refuse(Connection& connection, const wire::Message& message, std::string_view text);

 private:
  struct Wish;  // a client's message with strings of its own

  void next_hook(Connection& connection);
  void refuse_opening(Connection& connection, const Outcome& outcome);
  void enter(Connection& connection);
  void deny(Connection& connection, const Wish& wish, const Outcome& outcome);
  [[nodiscard]] std::string_view why_not(const Connection& connection, std::string_view ns) const;

  Membership& add(Connection& connection, Namespace& ns);
  void connected(Membership& member);
  void tell_connected(Membership& member, uint32_t by);
  void remove(Membership& member);
  void leave_by_force(Membership& member, uint32_t by);
  void leave_now(Membership& member, Room& room, uint32_t by, bool forced, bool told);
  void unblock(Membership& member);

  // The membership if it is still there.
  [[nodiscard]] Membership* find(uint64_t connection, const Namespace& ns) const;

  Shard& shard_;
};

}  // namespace stoa::routing
