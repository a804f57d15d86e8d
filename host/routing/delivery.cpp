#include "routing/delivery.h"

#include <algorithm>

#include "routing/shard.h"

namespace stoa::routing {

// One turn may say more than a queue holds to a client that reads.
void Delivery::said_much(Connection& to) {
  if (write_) write_(to.transport);
  if (to.outbox.bytes() <= queue_bytes_) return mark(to);
  counters_.slow_consumers.add();
  to.outbox.clear();
  close(to, 3008, "slow consumer");
}

uint32_t Delivery::say_with_barrier(Connection& to, Flow flow, wire::Frame frame) {
  say(to, flow, std::move(frame));
  return to.outbox.push_barrier(flow);
}

std::size_t Delivery::deliver(const Audience& audience, const wire::Frame& frame) {
  if (audience.connection != 0) {
    Connection* to = shard_.find(audience.connection);
    const Membership* member = to ? to->membership(audience.ns->name()) : nullptr;
    if (!member || !member->connected() ||
        (!audience.room.empty() && !member->room(audience.room))) {
      shard_.counters().dropped_gone.add();
      return 0;
    }
    say(*to, audience.ns->flow(), frame);
    return 1;
  }
  const LocalNamespace& local = shard_.local(*audience.ns);
  if (audience.room.empty()) return deliver_to(local.members(), audience, frame);
  const Room* room = local.room(audience.room);
  return room ? deliver_to(room->members, audience, frame) : 0;
}

std::size_t Delivery::deliver_to(const std::vector<Membership*>& members, const Audience& audience,
                                 const wire::Frame& frame) {
  const Flow flow = audience.ns->flow();
  std::size_t count = 0;
  for (const Membership* member : members) {
    Connection& to = member->connection;
    if (to.handle() == audience.except || to.is_closing()) continue;
    if (!audience.only_id.empty() && to.facts.id != audience.only_id) continue;
    to.outbox.push(flow, frame);
    said(to);
    ++count;
  }
  return count;
}

void Delivery::close(Connection& connection, uint16_t code, std::string_view reason) {
  if (connection.is_closing()) return;
  connection.closing =
      std::make_unique<Closing>(Closing{code, std::string(wire::cut_utf8(reason, 123))});
  connection.full = connection.feeds_too_much = false;
  mark(connection);
}

bool Delivery::pong(Connection& connection, std::string_view payload) {
  const bool lifted = connection.outbox.pong(payload);
  // It may also have been what another barrier's ping waited for.
  if (connection.outbox.ready()) mark(connection);
  return lifted;
}

void Delivery::lift(Connection& connection, uint32_t& barrier) {
  connection.outbox.confirm(barrier);
  barrier = 0;
  if (connection.outbox.ready()) mark(connection);
}

void Delivery::forget(Connection& connection) {
  if (!connection.dirty) return;
  std::replace(dirty_.begin(), dirty_.end(), &connection, static_cast<Connection*>(nullptr));
  connection.dirty = false;
}

}  // namespace stoa::routing
