// A client's message kept beyond its frame, to be answered later.
#pragma once

#include <string>

#include "wire/message.h"

namespace stoa::routing {

// Everything of it that its answer repeats: not the body.
struct OwnedMessage {
  OwnedMessage(const wire::Message& m, bool in_binary)
      : wait(m.wait),
        ns(m.ns),
        room(m.room),
        event(m.event),
        is_error(m.is_error),
        binary(in_binary) {}

  [[nodiscard]] wire::Received view() const {
    return {{.wait = wait, .ns = ns, .room = room, .event = event, .is_error = is_error}};
  }

  std::string wait;
  std::string ns;
  std::string room;
  std::string event;
  bool is_error;
  bool binary;  // a binary message is answered in binary
};

}  // namespace stoa::routing
