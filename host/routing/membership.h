// Who is where, on one worker: memberships of connections in namespaces and rooms.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "routing/limits.h"
#include "routing/namespace.h"

namespace stoa::routing {

class Connection;
struct Act;
struct Membership;

// Frames kept for later, bounded.
class HeldFrames {
 public:
  struct Held {
    std::string payload;
    bool binary;
  };
  struct Bounds {
    std::size_t frames;
    std::size_t bytes;
  };
  // False if that would be too many: nothing was kept.
  [[nodiscard]] bool keep(std::string_view payload, bool binary, Bounds bounds);
  [[nodiscard]] std::vector<Held> take();

 private:
  std::vector<Held> frames_;
  std::size_t bytes_ = 0;
};

// What waited for an act to end, in its order.
struct Waiting {
  std::vector<std::shared_ptr<Act>> acts;
  std::vector<HeldFrames::Held> frames;
};

// The members of one room that live on this worker.
struct Room {
  std::string name;
  std::vector<Membership*> members;
};

// One connection in one namespace. Owned by its connection.
struct Membership {
  Membership(Connection& c, Namespace& n, uint64_t is_number)
      : connection(c), ns(n), number(is_number) {}

  enum class State : uint8_t {
    kDeciding,  // its plugin, or the client, has not yet said yes
    kConnected,
  };

  Connection& connection;
  Namespace& ns;
  const uint64_t number;  // tells it from the next one of the same connection in the same namespace
  std::vector<Room*> rooms;
  // What the plugin knows is about to be left; null stands for the namespace itself.
  std::vector<const Room*> announced;
  uint32_t seat = 0;  // position in LocalNamespace::members, once connected
  uint32_t barrier =
      0;  // in the outbox behind the connect answer, until the client has shown it saw it
  State state = State::kDeciding;
  // How many acts (connect, join, leave, disconnect) frames for this namespace wait for, so that
  // they are handled in the order in which they came.
  uint32_t blocked = 0;
  std::unique_ptr<HeldFrames> held;        // made when first needed
  std::vector<std::shared_ptr<Act>> acts;  // the server's, that wait for the decision

  [[nodiscard]] bool connected() const noexcept { return state == State::kConnected; }
  // The plugin knows that it will end, and sees nobody come in any more.
  [[nodiscard]] bool leaving() const noexcept {
    return std::find(announced.begin(), announced.end(), nullptr) != announced.end();
  }
  [[nodiscard]] Room* room(std::string_view name) const;
  [[nodiscard]] Room* last_room() const { return rooms.empty() ? nullptr : rooms.back(); }
  [[nodiscard]] Waiting take_waiting();
};

// The members of one namespace that live on this worker, and their rooms. Changed by the loop
// thread only, under the shard's registry lock.
class LocalNamespace {
 public:
  void add(Membership& member);
  void remove(Membership& member);
  // REQUIRES: it is not in the room.
  void join(Membership& member, std::string_view room);
  void leave(Membership& member, Room& room);

  [[nodiscard]] const std::vector<Membership*>& members() const noexcept { return members_; }
  [[nodiscard]] const Room* room(std::string_view name) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };

  std::vector<Membership*> members_;
  std::unordered_map<std::string, std::unique_ptr<Room>, Hash, std::equal_to<>> rooms_;
};

}  // namespace stoa::routing
