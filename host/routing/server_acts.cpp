// What the server does to its clients: each act is an ask to the client.
#include "routing/lifecycle.h"
#include "routing/router.h"
#include "routing/shard.h"

namespace stoa::routing {
namespace {

AskResult result_for(const Connection& connection, int32_t status, std::string_view text = {}) {
  return {.status = status, .connection = connection.handle(), .body = std::string(text)};
}

}  // namespace

void Lifecycle::connect(Connection& connection, Namespace& ns, const Then& then) {
  if (connection.is_closing()) return then(result_for(connection, STOA_ERR_CLOSED));
  const uint64_t handle = connection.handle();
  if (!connection.is_open()) {
    connection.opening->when_open.push_back([this, handle, &ns, then] {
      if (Connection* it = shard_.find(handle)) connect(*it, ns, then);
    });
    return;
  }
  if (connection.membership(ns.name())) return then(result_for(connection, STOA_OK));
  if (connection.memberships.size() >= shard_.limits().namespaces_per_connection) {
    return then(result_for(connection, STOA_ERR_LIMIT, "too many namespaces"));
  }
  add(connection, ns);
  const auto on_answer = [this, handle, &ns, then](const AskResult& result) {
    Membership* member = find(handle, ns);
    if (!member) return then(result);
    if (result.status != STOA_OK) {
      unblock(*member);
      return then(result);
    }
    store(*member);
    stoa_event event = make_event(STOA_EVENT_CONNECTED, STOA_BY_PLUGIN, handle);
    event.event = as_bytes(wire::kConnected);
    shard_.calls().tell(ns, event);
    then(result);
    unblock(*member);
  };
  stoa_event event = make_event(STOA_EVENT_CONNECT, STOA_BY_PLUGIN, handle);
  event.event = as_bytes(wire::kConnect);
  shard_.calls().decide(ns, event, [this, handle, &ns, then, on_answer](const Outcome& outcome) {
    Membership* member = find(handle, ns);
    if (!member) return then({.status = STOA_ERR_CLOSED, .connection = handle});
    Connection& to = member->connection;
    if (outcome.denied()) {
      unblock(*member);
      return then(result_for(to, STOA_ERR_REMOTE, outcome.body));
    }
    shard_.asks().ask(to, {.ns = ns.name(), .event = wire::kConnect}, false, ns.ask_timeout(),
                      on_answer);
  });
}

void Lifecycle::disconnect(Connection& connection, Namespace& ns, const Then& then) {
  const Membership* member = connection.membership(ns.name());
  if (!member || !member->connected() || connection.is_closing()) {
    return then(result_for(connection, STOA_OK));
  }
  const uint64_t handle = connection.handle();
  shard_.asks().ask(connection, {.ns = ns.name(), .event = wire::kDisconnect}, false,
                    ns.ask_timeout(), [this, handle, &ns, then](const AskResult& result) {
                      Membership* leaver = find(handle, ns);
                      if (!leaver || !leaver->connected() || result.status != STOA_OK) {
                        return then(result);
                      }
                      leave_rooms_by_force(*leaver, STOA_BY_PLUGIN);
                      stoa_event event = make_event(STOA_EVENT_DISCONNECT, STOA_BY_PLUGIN, handle);
                      event.flags = STOA_EVENT_FORCED;
                      event.event = as_bytes(wire::kDisconnect);
                      shard_.calls().tell(ns, event);
                      remove(*leaver);
                      then(result);
                    });
}

void Lifecycle::join(Connection& connection, Namespace& ns, std::string_view room,
                     const Then& then) {
  Membership* member = connection.membership(ns.name());
  if (!member || !member->connected()) return then(result_for(connection, STOA_ERR_NOT_FOUND));
  if (member->room(room)) return then(result_for(connection, STOA_OK));
  if (connection.room_count() >= shard_.limits().rooms_per_connection) {
    return then(result_for(connection, STOA_ERR_LIMIT, "too many rooms"));
  }
  const uint64_t handle = connection.handle();
  const auto on_answer = [this, handle, &ns, name = std::string(room),
                          then](const AskResult& result) {
    Membership* joiner = find(handle, ns);
    if (!joiner || !joiner->connected() || result.status != STOA_OK || joiner->room(name)) {
      return then(result);
    }
    store(*joiner, name);
    stoa_event event = make_event(STOA_EVENT_ROOM_JOINED, STOA_BY_PLUGIN, handle);
    event.room = as_bytes(name);
    event.event = as_bytes(wire::kRoomJoined);
    shard_.calls().tell(ns, event);
    then(result);
  };
  stoa_event event = make_event(STOA_EVENT_ROOM_JOIN, STOA_BY_PLUGIN, handle);
  event.room = as_bytes(room);
  event.event = as_bytes(wire::kRoomJoin);
  shard_.calls().decide(
      ns, event,
      [this, handle, &ns, name = std::string(room), then, on_answer](const Outcome& outcome) {
        Membership* joiner = find(handle, ns);
        if (!joiner) {
          return then({.status = STOA_ERR_CLOSED, .connection = handle});
        }
        Connection& to = joiner->connection;
        if (outcome.denied()) {
          return then(result_for(to, STOA_ERR_REMOTE, outcome.body));
        }
        shard_.asks().ask(to, {.ns = ns.name(), .room = name, .event = wire::kRoomJoin}, false,
                          ns.ask_timeout(), on_answer);
      });
}

void Lifecycle::leave(Connection& connection, Namespace& ns, std::string_view room,
                      const Then& then) {
  Membership* member = connection.membership(ns.name());
  if (!member || !member->room(room)) return then(result_for(connection, STOA_OK));
  const uint64_t handle = connection.handle();
  shard_.asks().ask(connection, {.ns = ns.name(), .room = room, .event = wire::kRoomLeave}, false,
                    ns.ask_timeout(),
                    [this, handle, &ns, name = std::string(room), then](const AskResult& result) {
                      Membership* leaver = find(handle, ns);
                      if (!leaver || !leaver->room(name) || result.status != STOA_OK) {
                        return then(result);
                      }
                      stoa_event event = make_event(STOA_EVENT_ROOM_LEAVE, STOA_BY_PLUGIN, handle);
                      event.flags = STOA_EVENT_FORCED;
                      event.room = as_bytes(name);
                      event.event = as_bytes(wire::kRoomLeave);
                      shard_.calls().tell(ns, event);
                      left(*leaver, name, STOA_BY_PLUGIN, STOA_EVENT_FORCED);
                      then(result);
                    });
}

}  // namespace stoa::routing
