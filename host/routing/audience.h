// To whom a frame goes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "routing/namespace.h"
#include "stoa/host.h"

namespace stoa::routing {

// Borrows its names.
struct Audience {
  Namespace* ns = nullptr;
  uint64_t connection = 0;  // to it alone, if not 0
  uint64_t except = 0;
  std::string_view room;     // empty: the whole namespace
  std::string_view only_id;  // empty: anyone
};

// The same with strings of its own, for the way to another worker.
class OwnedAudience {
 public:
  explicit OwnedAudience(const Audience& audience)
      : audience_(audience), room_(audience.room), only_id_(audience.only_id) {}

  [[nodiscard]] Audience view() const {
    Audience audience = audience_;
    audience.room = room_;
    audience.only_id = only_id_;
    return audience;
  }

 private:
  Audience audience_;
  std::string room_;
  std::string only_id_;
};

// What a plugin's target means. REQUIRES: it was checked.
[[nodiscard]] inline Audience audience_of(Namespace& ns, const stoa_target& target) {
  const auto view = [](stoa_bytes bytes) {
    return std::string_view(bytes.data ? bytes.data : "", static_cast<std::size_t>(bytes.size));
  };
  Audience audience{.ns = &ns};
  if (target.scope == STOA_TO_CONNECTION) {
    audience.connection = target.connection;
    audience.room = view(target.room);
    return audience;
  }
  audience.except = target.except;
  audience.only_id = view(target.only_id);
  if (target.scope == STOA_TO_ROOM) audience.room = view(target.room);
  return audience;
}

}  // namespace stoa::routing
