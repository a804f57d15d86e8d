// What clients wish: into and out of namespaces and rooms.
#include "routing/lifecycle.h"

#include <algorithm>

#include "routing/router.h"
#include "routing/shard.h"

namespace stoa::routing {
namespace {

stoa_event wish_event(uint32_t kind, uint64_t connection, const OwnedMessage& wish) {
  stoa_event event = make_event(kind, STOA_BY_CLIENT, connection);
  event.flags = STOA_EVENT_ASK;
  event.room = as_bytes(wish.room);
  event.event = as_bytes(wish.event);
  return event;
}

}  // namespace

void Lifecycle::agree(Connection& connection, std::string_view wait, bool binary) {
  const wire::Opcode opcode = binary ? wire::Opcode::kBinary : wire::Opcode::kText;
  shard_.delivery().say(connection, wire::Frame::empty_answer(wait, opcode));
}

void Lifecycle::refuse(Connection& connection, const wire::Message& message, bool binary,
                       std::string_view text) {
  shard_.calls().send_answer(connection, {message}, binary, false, {STOA_ANSWER_ERROR, 0, 0, text});
}

void Lifecycle::deny(Connection& connection, const OwnedMessage& wish, const Outcome& outcome) {
  shard_.calls().send_answer(connection, wish.view(), wish.binary, false, outcome.said());
}

Membership* Lifecycle::find(uint64_t handle, const Namespace& ns) const {
  Connection* connection = shard_.find(handle);
  return connection && !connection->gone ? connection->membership(ns.name()) : nullptr;
}

void Lifecycle::connect_asked(Connection& connection, const wire::Message& message, bool binary) {
  if (message.wait.empty() || message.is_noop) return;
  if (connection.membership(message.ns)) return agree(connection, message.wait, binary);
  Namespace* ns = shard_.router().find(message.ns);
  if (!ns) return refuse(connection, message, binary, wire::kBadNamespace);
  if (connection.memberships.size() >= shard_.limits().namespaces_per_connection) {
    return refuse(connection, message, binary, "too many namespaces");
  }
  add(connection, *ns);
  const OwnedMessage wish(message, binary);
  const uint64_t handle = connection.handle();
  shard_.calls().decide(
      *ns, wish_event(STOA_EVENT_CONNECT, handle, wish),
      [this, ns, handle, wish](const Outcome& outcome) {
        Membership* member = find(handle, *ns);
        if (!member) return;
        Connection& to = member->connection;
        if (outcome.denied()) {
          deny(to, wish, outcome);
          return unblock(*member);
        }
        store(*member);
        // The answer first: a client knows the namespace only once it has handled
        // it.
        member->barrier = shard_.delivery().say_with_barrier(
            to, wire::Frame::empty_answer(
                    wish.wait, wish.binary ? wire::Opcode::kBinary : wire::Opcode::kText));
        stoa_event event = wish_event(STOA_EVENT_CONNECTED, handle, wish);
        event.event = as_bytes(wire::kConnected);
        shard_.calls().tell(*ns, event);
        unblock(*member);
      });
}

void Lifecycle::disconnect_asked(Membership& member, const wire::Message& message, bool binary) {
  const OwnedMessage wish(message, binary);
  const uint64_t handle = member.connection.handle();
  Namespace* const ns = &member.ns;
  member.blocked = true;
  shard_.calls().decide(*ns, wish_event(STOA_EVENT_DISCONNECT, handle, wish),
                        [this, ns, handle, wish](const Outcome& outcome) {
                          Membership* leaver = find(handle, *ns);
                          if (!leaver) return;
                          Connection& to = leaver->connection;
                          if (outcome.denied()) {
                            deny(to, wish, outcome);
                            return unblock(*leaver);
                          }
                          leave_rooms_by_force(*leaver, STOA_BY_CLIENT);
                          const auto held =
                              leaver->held ? leaver->held->take() : std::vector<HeldFrames::Held>{};
                          remove(*leaver);
                          agree(to, wish.wait, wish.binary);
                          for (const auto& frame : held) {
                            shard_.receive(to, frame.payload, frame.binary);
                          }
                        });
}

void Lifecycle::join_asked(Membership& member, const wire::Message& message, bool binary) {
  Connection& connection = member.connection;
  if (message.room.empty()) return refuse(connection, message, binary, wire::kBadRoom);
  if (member.room(message.room)) return agree(connection, message.wait, binary);
  if (connection.room_count() >= shard_.limits().rooms_per_connection) {
    return refuse(connection, message, binary, "too many rooms");
  }
  const OwnedMessage wish(message, binary);
  const uint64_t handle = connection.handle();
  Namespace* const ns = &member.ns;
  member.blocked = true;
  shard_.calls().decide(*ns, wish_event(STOA_EVENT_ROOM_JOIN, handle, wish),
                        [this, ns, handle, wish](const Outcome& outcome) {
                          Membership* joiner = find(handle, *ns);
                          if (!joiner) return;
                          if (outcome.denied()) {
                            deny(joiner->connection, wish, outcome);
                            return unblock(*joiner);
                          }
                          store(*joiner, wish.room);
                          stoa_event event = wish_event(STOA_EVENT_ROOM_JOINED, handle, wish);
                          event.event = as_bytes(wire::kRoomJoined);
                          shard_.calls().tell(*ns, event);
                          agree(joiner->connection, wish.wait, wish.binary);
                          unblock(*joiner);
                        });
}

void Lifecycle::leave_asked(Membership& member, const wire::Message& message, bool binary) {
  if (!member.room(message.room)) return agree(member.connection, message.wait, binary);
  const OwnedMessage wish(message, binary);
  const uint64_t handle = member.connection.handle();
  Namespace* const ns = &member.ns;
  member.blocked = true;
  stoa_event event = wish_event(STOA_EVENT_ROOM_LEAVE, handle, wish);
  event.event = as_bytes(wire::kRoomLeave);
  shard_.calls().decide(*ns, event, [this, ns, handle, wish](const Outcome& outcome) {
    Membership* leaver = find(handle, *ns);
    if (!leaver) return;
    if (outcome.denied()) {
      deny(leaver->connection, wish, outcome);
      return unblock(*leaver);
    }
    left(*leaver, wish.room, STOA_BY_CLIENT, 0);
    agree(leaver->connection, wish.wait, wish.binary);
    unblock(*leaver);
  });
}

Membership& Lifecycle::add(Connection& connection, Namespace& ns) {
  auto member = std::make_unique<Membership>(connection, ns);
  member->blocked = true;
  shard_.with_registry([&] { connection.memberships.push_back(std::move(member)); });
  return *connection.memberships.back();
}

void Lifecycle::store(Membership& member) {
  shard_.with_registry([&] {
    member.state = Membership::State::kConnected;
    shard_.local(member.ns).add(member);
  });
  shard_.router().count_member(member.ns, shard_.index(), +1);
}

void Lifecycle::remove(Membership& member) {
  if (member.connected()) shard_.router().count_member(member.ns, shard_.index(), -1);
  auto& all = member.connection.memberships;
  shard_.with_registry([&] {
    if (member.connected()) shard_.local(member.ns).remove(member);
    std::erase_if(all, [&](const auto& one) { return one.get() == &member; });
  });
}

void Lifecycle::store(Membership& member, std::string_view room) {
  shard_.with_registry([&] { shard_.local(member.ns).join(member, room); });
}

void Lifecycle::left(Membership& member, std::string_view room, uint32_t by, uint32_t flags) {
  Room* const it = member.room(room);
  if (!it) return;
  // The name goes with the room when its last member leaves.
  const std::string name(room);
  shard_.with_registry([&] { shard_.local(member.ns).leave(member, *it); });
  stoa_event event = make_event(STOA_EVENT_ROOM_LEFT, by, member.connection.handle());
  event.flags = flags;
  event.room = as_bytes(name);
  event.event = as_bytes(wire::kRoomLeft);
  shard_.calls().tell(member.ns, event);
}

void Lifecycle::leave_rooms_by_force(Membership& member, uint32_t by) {
  while (!member.rooms.empty()) {
    const std::string room = member.rooms.back()->name;
    stoa_event event = make_event(STOA_EVENT_ROOM_LEAVE, by, member.connection.handle());
    event.flags = STOA_EVENT_FORCED;
    event.room = as_bytes(room);
    event.event = as_bytes(wire::kRoomLeave);
    shard_.calls().tell(member.ns, event);
    left(member, room, by, STOA_EVENT_FORCED);
  }
}

void Lifecycle::unblock(Membership& member) {
  member.blocked = false;
  Connection& connection = member.connection;
  const auto held = member.held ? member.held->take() : std::vector<HeldFrames::Held>{};
  if (!member.connected()) remove(member);
  // If one of these blocks the namespace again, the rest are held again, in their order.
  for (const auto& frame : held) shard_.receive(connection, frame.payload, frame.binary);
}

}  // namespace stoa::routing
