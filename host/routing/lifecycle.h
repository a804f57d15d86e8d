// How connections open and end, and how they get into and out of namespaces and rooms.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "routing/act.h"
#include "routing/connection.h"
#include "routing/outcome.h"
#include "wire/message.h"

namespace stoa::routing {

class Shard;

// One shard's. Loop thread only.
//
// Acts are the client's wish, or the server's and then an ask to the client. All of them go one
// way: begin() - the plugin decides, the client agrees - carry_out() - end(). What is so already,
// or cannot be, ends at any of these with the answer that foregone() knows; each act ends once.
// It takes effect behind everything that its handlers said before.
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

  // The client's wish. `kind` is the event that asks the plugin:
  //   CONNECT     then stored, then the empty answer, then Connected
  //   DISCONNECT  then every room is left by force, then removed, then the empty answer
  //   ROOM_JOIN   then stored, then Joined, then the empty answer
  //   ROOM_LEAVE  then removed, then Left, then the empty answer
  void asked(Connection& connection, uint32_t kind, const wire::Message& message, bool binary);

  // The server's act, of the same kinds. `then` hears how it went, once. What concerns a connection
  // or a membership that is not decided yet waits until it is.
  void act(Connection& connection, Namespace& ns, uint32_t kind, std::string_view room, Then then);

  // The member is out, whatever its client says: that is told `text`.
  void expel(Connection& connection, Namespace& ns, std::string_view text, Then then);
  // The host lets the client in, if its version and it agree.
  void bring_back(Connection& connection, Namespace& ns, Then then);
  // What the member said and is not handled yet, and what it says from now on, is answered as if it
  // were out. It is to be expelled.
  void turn_away(Membership& member);

  // Frames for the member wait until let_go() was called as often.
  void hold(Membership& member) noexcept {
    ++member.blocked;
    ++member.holds;
  }
  void let_go(Membership& member) {
    --member.holds;
    unblock(member);
  }
  // The same, and the server's acts that begin wait, too, as long as it is held: it is to become
  // another version's.
  void hold_to_depart(Membership& member) noexcept {
    hold(member);
    member.travels = true;
  }
  // It does not become this version's, which was asked to take it over.
  void withdraw(const Membership& member, Version& from);

  // Newcomers that waited for their version to be ready go on.
  void let_in(Namespace& ns);

  // Says the empty answer, or an error, to a client's wish.
  void agree(Connection& connection, const wire::Message& message, bool binary);
  void refuse(Connection& connection, const wire::Message& message, bool binary,
              std::string_view text);

 private:
  using ActPtr = std::shared_ptr<Act>;

  void next_hook(Connection& connection);
  void ask_hook(const Connection& connection, Version& version);
  void refuse_opening(Connection& connection);
  // Opens or refuses the connection once both the hooks and the client have spoken: a client that
  // is refused before it spoke would find the connection closed instead of the reason.
  void open_if_ready(Connection& connection);
  void open_native(Connection& connection);
  void wait_for_version(const Connection& connection, Namespace& ns,
                        void (Lifecycle::*then)(Connection&));
  [[nodiscard]] std::unique_ptr<Opening> opened(Connection& connection);

  // The course of an act.
  void begin(const ActPtr& act);
  [[nodiscard]] std::optional<AskResult> foregone(const Act& act) const;
  void wait_to_come_in(const ActPtr& act);
  void come_in(const ActPtr& act);
  void ask_plugin(const ActPtr& act);
  void decided(const ActPtr& act, const Outcome& outcome);
  void ask_client(const ActPtr& act);
  void carry_out(const ActPtr& act);
  void step_out(const ActPtr& act);
  void end(Act& act, const AskResult& result);
  void answer(const Act& act, const AskResult& result);
  void release(Act& act);

  // Takes the next step of the act behind what waits in the inbox.
  void in_turn(const ActPtr& act, void (Lifecycle::*step)(const ActPtr&));

  // The membership that the act changes, if it is still there.
  [[nodiscard]] Membership* member_of(const Act& act) const;
  // Where acts wait that must not begin yet, or null.
  [[nodiscard]] static std::vector<ActPtr>* undecided(Connection& connection, const Act& act);
  // Makes the frames for this namespace wait for the act.
  void take_part(Act& act);
  void block(Act& act);
  void unblock(Membership& member);
  bool send_off(Membership& member);
  void resume(uint64_t connection, const Waiting& waiting);

  // A membership that is not connected yet.
  Membership& add(Connection& connection, Version& version);
  void store(Membership& member);
  [[nodiscard]] Waiting remove(Membership& member);
  void store(Membership& member, std::string_view room);
  void left(Membership& member, Room& room, uint32_t by, uint32_t flags);
  // Tells the plugin that the room (null: the namespace) is left by force. `then` is called once it
  // was handled, if that is later.
  enum class Told { kBefore, kNow, kLater };
  Told announce(Membership& member, Room* room, uint32_t by, const std::function<void()>& then);

  // The end of a connection.
  struct Farewell;
  void say_farewell(const std::shared_ptr<Farewell>& farewell);
  [[nodiscard]] std::vector<Version*> watchers(const Farewell& farewell);
  // Calls `then` once its versions have handled all that they were told.
  void behind(const std::shared_ptr<Farewell>& farewell, const std::function<void()>& then);

  Shard& shard_;
  uint64_t last_membership_ = 0;
};

}  // namespace stoa::routing
