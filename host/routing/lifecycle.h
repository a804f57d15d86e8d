// How connections open and end, and how they get into and out of namespaces and rooms.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "routing/asks.h"
#include "routing/connection.h"
#include "routing/outcome.h"
#include "routing/owned_message.h"
#include "wire/message.h"

namespace stoa::routing {

class Shard;

// One shard's. Loop thread only. "asked" acts are the client's wish; the others are the server's,
// each of them an ask to the client. The order of events is the protocol's (see the comment of
// each).
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
  void connect_asked(Connection& connection, const wire::Message& message, bool binary);
  // Disconnect handler, then every room is left by force, then removed, then the empty answer.
  void disconnect_asked(Membership& member, const wire::Message& message, bool binary);
  // Join handler, then stored, then Joined, then the empty answer.
  void join_asked(Membership& member, const wire::Message& message, bool binary);
  // Leave handler, then removed, then Left, then the empty answer.
  void leave_asked(Membership& member, const wire::Message& message, bool binary);

  // The server's side. `then` hears how it went, once.
  void connect(Connection& connection, Namespace& ns, const Then& then);
  void disconnect(Connection& connection, Namespace& ns, const Then& then);
  void join(Connection& connection, Namespace& ns, std::string_view room, const Then& then);
  void leave(Connection& connection, Namespace& ns, std::string_view room, const Then& then);

  // Says the empty answer, or an error, to a client's wish.
  void agree(Connection& connection, std::string_view wait, bool binary);
  void refuse(Connection& connection, const wire::Message& message, bool binary,
              std::string_view text);

 private:
  void next_hook(Connection& connection);
  void refuse_opening(Connection& connection);
  // Opens or refuses the connection once both the hooks and the client have spoken: a client that
  // is refused before it spoke would find the connection closed instead of the reason.
  void open_if_ready(Connection& connection);
  void deny(Connection& connection, const OwnedMessage& wish, const Outcome& outcome);

  // A membership that is not connected yet, and blocked.
  Membership& add(Connection& connection, Namespace& ns);
  void store(Membership& member);
  void remove(Membership& member);
  void store(Membership& member, std::string_view room);
  void leave_rooms_by_force(Membership& member, uint32_t by);
  void left(Membership& member, std::string_view room, uint32_t by, uint32_t flags);
  // Handles the frames that came while an act waited for its plugin.
  void unblock(Membership& member);

  // The membership if it is still there.
  [[nodiscard]] Membership* find(uint64_t connection, const Namespace& ns) const;

  Shard& shard_;
};

}  // namespace stoa::routing
