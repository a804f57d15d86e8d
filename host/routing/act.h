// A change of where a connection is: into or out of a namespace or a room.
#pragma once

#include <cstdint>
#include <string>

#include "routing/asks.h"
#include "routing/membership.h"
#include "routing/owned_message.h"

namespace stoa::routing {

// One such change under way. Whoever has to speak next holds it: the plugin's question, the ask to
// the client, the inbox, or what waits at a membership. Loop thread only.
struct Act {
  uint32_t kind;  // STOA_EVENT_CONNECT, _DISCONNECT, _ROOM_JOIN or _ROOM_LEAVE
  uint64_t connection;
  Namespace& ns;
  OwnedMessage wish;  // what the client asked for, or is to be asked
  Asks::Then then;    // hears how the server's act went; a client's is answered instead

  uint64_t membership = 0;  // the number of the one that it changes, once it has begun
  bool acts = false;        // it is counted in that one's `acting`
  bool blocks = false;      // and in its `blocked`
  bool by_host = false;     // else a server's act is a plugin's
  bool must_be = false;     // it happens whatever the client answers
  std::string reason = {};  // that the client is told
  Waiting waiting = {};     // what waited there, if the act removed it

  [[nodiscard]] bool by_client() const noexcept { return !then; }
  [[nodiscard]] bool leads_in() const noexcept {
    return kind == STOA_EVENT_CONNECT || kind == STOA_EVENT_ROOM_JOIN;
  }
};

}  // namespace stoa::routing
