// Who is where, on one worker: memberships of connections in namespaces and rooms.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "routing/inbox.h"
#include "routing/limits.h"
#include "routing/namespace.h"

namespace stoa::routing {

class Connection;
class Departure;
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
  [[nodiscard]] bool empty() const noexcept { return frames_.empty(); }
  // False if that would be too many: nothing was kept.
  [[nodiscard]] bool keep(std::string_view payload, bool binary, Bounds bounds);
  [[nodiscard]] bool beyond(Bounds bounds) const noexcept {
    return frames_.size() > bounds.frames || bytes_ > bounds.bytes;
  }
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

// One connection in one namespace. Owned by its connection. It counts as a member of its version as
// long as it is there.
struct Membership {
  Membership(Connection& c, Version& v, uint64_t is_number)
      : connection(c), ns(v.ns()), number(is_number), version(&v) {
    version->count_member(+1);
  }
  ~Membership() { version->count_member(-1); }
  Membership(const Membership&) = delete;
  Membership& operator=(const Membership&) = delete;

  enum class State : uint8_t {
    kDeciding,  // its plugin, or the client, has not yet said yes
    kConnected,
  };

  Connection& connection;
  Namespace& ns;
  const uint64_t number;  // tells it from the next one of the same connection in the same namespace
  Version* version;       // whose it is; that has members, so it is there
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
  uint32_t acting = 0;       // how many acts are under way, also those that frames do not wait for
  uint32_t holds = 0;        // how many of `blocked` are the host's own, and nobody asked for
  bool spared = false;       // of its held frames some are kept for such a hold
  bool travels = false;      // a departure has it in hand: the server's acts wait as well
  bool unjudged = false;     // its version got another config after it was asked to let it in
  bool turned_away = false;  // its version lets it stay no more: what it says counts no more
  std::shared_ptr<Version> importer;       // was asked to take it over, and did not answer yet
  std::unique_ptr<HeldFrames> held;        // made when first needed
  std::vector<std::shared_ptr<Act>> acts;  // the server's, that wait for the decision
  std::shared_ptr<Departure> departure;    // of its version, that waits for what is under way
  bool held_to_depart = false;             // it has nothing under way, and is held once for that

  // It is another version's from now on.
  void pass_to(Version& other) {
    other.count_member(+1);
    std::exchange(version, &other)->count_member(-1);
  }

  [[nodiscard]] bool connected() const noexcept { return state == State::kConnected; }
  // Nothing is under way with it.
  [[nodiscard]] bool idle() const noexcept { return connected() && blocked == 0 && acting == 0; }
  // The plugin knows that it will end, and sees nobody come in any more.
  [[nodiscard]] bool leaving() const noexcept {
    return std::find(announced.begin(), announced.end(), nullptr) != announced.end();
  }
  [[nodiscard]] Room* room(std::string_view name) const;
  [[nodiscard]] Room* last_room() const { return rooms.empty() ? nullptr : rooms.back(); }
  [[nodiscard]] Waiting take_waiting();
};

// The members of one namespace that live on one worker, and their rooms. Changed by its loop thread
// only, under the shard's registry lock.
class alignas(64) LocalNamespace {
 public:
  // Any thread, without the lock: whether a broadcast need come here at all.
  [[nodiscard]] bool empty() const noexcept { return count_.load(std::memory_order_acquire) == 0; }

  void add(Membership& member);
  void remove(Membership& member);
  // REQUIRES: it is not in the room.
  void join(Membership& member, std::string_view room);
  void leave(Membership& member, Room& room);

  [[nodiscard]] const std::vector<Membership*>& members() const noexcept { return members_; }
  [[nodiscard]] const Room* room(std::string_view name) const;
  // How those go on whose version was not ready when they came.
  [[nodiscard]] std::vector<Task>& newcomers() noexcept { return newcomers_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };

  std::vector<Membership*> members_;
  std::atomic<std::size_t> count_ = 0;  // of members_
  std::vector<Task> newcomers_;
  std::unordered_map<std::string, std::unique_ptr<Room>, Hash, std::equal_to<>> rooms_;
};

}  // namespace stoa::routing
