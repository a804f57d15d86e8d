// One WebSocket connection, as the routing room sees it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "routing/facts.h"
#include "routing/membership.h"
#include "routing/outbox.h"
#include "routing/outcome.h"
#include "routing/store.h"

namespace stoa::routing {

// What is only needed until a connection is open.
struct Opening {
  std::size_t next_hook = 0;  // which namespace's opening hook comes next
  bool hooks_done = false;
  bool acknowledged = false;               // the client's first frame came
  HeldFrames held;                         // frames that came before it
  std::optional<Outcome> refusal;          // a hook's, said once the client's first frame came
  std::vector<std::shared_ptr<Act>> acts;  // the server's, that wait until it is open
};

struct Closing {
  uint16_t code;
  std::string reason;
};

// Owned by its shard, and touched only on that shard's loop thread, except what registry-locked
// readers see: facts, memberships, rooms and the store.
class Connection {
 public:
  Connection(uint64_t handle, Facts request, void* transported_by)
      : facts(std::move(request)),
        opening(std::make_unique<Opening>()),
        transport(transported_by),
        handle_(handle) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] uint64_t handle() const noexcept { return handle_; }
  // The membership in the namespace of this name, whatever its state, or null.
  [[nodiscard]] Membership* membership(std::string_view ns) const noexcept {
    for (const auto& member : memberships) {
      if (member->ns.name() == ns) return member.get();
    }
    return nullptr;
  }
  // Nothing is to be read for now.
  [[nodiscard]] bool is_paused() const noexcept { return full || feeds_too_much; }
  [[nodiscard]] bool is_open() const noexcept { return opening == nullptr; }
  [[nodiscard]] bool is_closing() const noexcept { return closing != nullptr || gone; }
  [[nodiscard]] std::size_t room_count() const noexcept {
    std::size_t count = 0;
    for (const auto& member : memberships) count += member->rooms.size();
    return count;
  }

  Facts facts;
  std::vector<std::unique_ptr<Membership>> memberships;
  Outbox outbox;
  std::unique_ptr<Store> store;      // made when first needed
  std::unique_ptr<Opening> opening;  // null once open
  std::unique_ptr<Closing> closing;  // set when it is to be closed
  void* transport;                   // the net room's; never looked into here
  uint32_t open_barrier = 0;         // in the outbox behind the acknowledgement
  std::vector<uint64_t> questions;   // of this client that plugins answer later: their tokens
  std::size_t thinking = 0;          // about how many of these a plugin thinks
  std::vector<uint64_t> asks;        // of plugins that this client has not answered: their numbers
  bool dirty = false;                // on the shard's list of connections to flush
  bool feeds_too_much = false;       // a lane has enough of it: the same
  bool full = false;                 // enough waits: nothing is to be read for now
  bool gone = false;                 // its last events are being delivered; registry-locked

 private:
  const uint64_t handle_;
};

}  // namespace stoa::routing
