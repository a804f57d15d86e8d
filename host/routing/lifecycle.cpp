// The course of an act: see the class comment.
#include "routing/lifecycle.h"

#include <algorithm>
#include <utility>

#include "routing/departure.h"
#include "routing/router.h"
#include "routing/shard.h"

namespace stoa::routing {
namespace {

AskResult result_of(const Act& act, int32_t status, std::string_view text = {}) {
  return {.status = status, .connection = act.connection, .body = std::string(text)};
}

uint32_t by(const Act& act) {
  if (act.by_client()) return STOA_BY_CLIENT;
  return act.by_host ? STOA_BY_HOST : STOA_BY_PLUGIN;
}

std::string_view wire_name(uint32_t kind) {
  switch (kind) {
    case STOA_EVENT_CONNECT:
      return wire::kConnect;
    case STOA_EVENT_CONNECTED:
      return wire::kConnected;
    case STOA_EVENT_DISCONNECT:
      return wire::kDisconnect;
    case STOA_EVENT_ROOM_JOIN:
      return wire::kRoomJoin;
    case STOA_EVENT_ROOM_JOINED:
      return wire::kRoomJoined;
    case STOA_EVENT_ROOM_LEAVE:
      return wire::kRoomLeave;
    default:
      return wire::kRoomLeft;
  }
}

stoa_event event_of(const Act& act, uint32_t kind) {
  stoa_event event = make_event(kind, by(act), act.connection);
  event.flags = act.by_client() ? STOA_EVENT_ASK : 0;
  event.room = as_bytes(act.wish.room());
  event.event = as_bytes(wire_name(kind));
  return event;
}

wire::Opcode opcode_of(bool binary) {
  return binary ? wire::Opcode::kBinary : wire::Opcode::kText;
}

}  // namespace

void Lifecycle::agree(Connection& connection, const wire::Message& message, bool binary) {
  shard_.say_in_turn(connection, shard_.router().flow(message.ns), opcode_of(binary), message.wait,
                     wire::kEmptyAnswerTail);
}

void Lifecycle::refuse(Connection& connection, const wire::Message& message, bool binary,
                       std::string_view text) {
  shard_.calls().send_answer(connection, shard_.router().flow(message.ns), {message}, binary, false,
                             {STOA_ANSWER_ERROR, 0, 0, text});
}

void Lifecycle::asked(Connection& connection, uint32_t kind, const wire::Message& message,
                      bool binary) {
  // A wish that does not wait for its answer is ignored, as upstream does.
  if (message.wait.empty() || message.is_noop) return;
  // A member may leave a namespace that was closed.
  const Membership* const member = connection.membership(message.ns);
  Namespace* const ns = member ? &member->ns : shard_.router().find(message.ns);
  if (!ns) return refuse(connection, message, binary, wire::kBadNamespace);
  begin(std::make_shared<Act>(
      Act{kind, connection.handle(), *ns, OwnedMessage({message}, binary), nullptr}));
}

void Lifecycle::act(Connection& connection, Namespace& ns, uint32_t kind, std::string_view room,
                    Then then) {
  const wire::Message ask{.ns = ns.name(), .room = room, .event = wire_name(kind)};
  begin(std::make_shared<Act>(
      Act{kind, connection.handle(), ns, OwnedMessage({ask}, false), std::move(then)}));
}

void Lifecycle::expel(Connection& connection, Namespace& ns, std::string_view text, Then then) {
  const wire::Message ask{.ns = ns.name(), .event = wire::kDisconnect};
  const auto act = std::make_shared<Act>(Act{STOA_EVENT_DISCONNECT, connection.handle(), ns,
                                             OwnedMessage({ask}, false), std::move(then)});
  act->reason = text;
  act->by_host = act->must_be = true;
  begin(act);
}

void Lifecycle::bring_back(Connection& connection, Namespace& ns, Then then) {
  const wire::Message ask{.ns = ns.name(), .event = wire::kConnect};
  const auto act = std::make_shared<Act>(Act{STOA_EVENT_CONNECT, connection.handle(), ns,
                                             OwnedMessage({ask}, false), std::move(then)});
  act->by_host = true;
  begin(act);
}

void Lifecycle::turn_away(Membership& member) {
  member.turned_away = true;
  if (member.held) resume(member.connection.handle(), {{}, member.held->take()});
}

void Lifecycle::begin(const ActPtr& act) {
  if (const auto result = foregone(*act)) return end(*act, *result);
  Connection& connection = *shard_.find(act->connection);
  if (auto* const waiting = undecided(connection, *act)) {
    if (waiting->size() < Limits::kMaxWaitingActs) return waiting->push_back(act);
    return end(*act, result_of(*act, STOA_ERR_LIMIT, "too much waits"));
  }
  const Membership* member = member_of(*act);
  if (!member) {
    Version* const version = act->ns.split()->choose(act->ns.name(), connection.facts);
    if (!version) return end(*act, result_of(*act, STOA_ERR_NOT_FOUND, wire::kBadNamespace));
    member = &add(connection, *version);
  }
  act->membership = member->number;
  take_part(*act);
  if (act->by_client() || act->kind == STOA_EVENT_CONNECT) block(*act);
  const bool comes_in = act->kind == STOA_EVENT_CONNECT;
  if (comes_in && !member->version->ready()) return wait_to_come_in(act);
  if (act->by_client() || act->leads_in()) return ask_plugin(act);
  in_turn(act, &Lifecycle::ask_client);
}

void Lifecycle::let_in(Namespace& ns) {
  for (const Task& newcomer : std::exchange(shard_.local(ns).newcomers(), {})) newcomer(shard_);
}

void Lifecycle::wait_to_come_in(const ActPtr& act) {
  shard_.local(act->ns).newcomers().push_back([this, act](Shard&) { come_in(act); });
}

// By the split as it is now: the step that it waited for may have been given up.
void Lifecycle::come_in(const ActPtr& act) {
  if (const auto result = foregone(*act)) return end(*act, *result);
  Membership& member = *member_of(*act);
  Version* const version = act->ns.split()->choose(act->ns.name(), member.connection.facts);
  if (version && !member.version->ready()) member.pass_to(*version);
  if (!member.version->ready()) return wait_to_come_in(act);
  ask_plugin(act);
}

// What can be said of the act without asking anybody: that it is so, or cannot be.
std::optional<AskResult> Lifecycle::foregone(const Act& act) const {
  const Connection* const connection = shard_.find(act.connection);
  if (!connection || connection->is_closing()) {
    return result_of(act, STOA_ERR_CLOSED, wire::kWriteClosed);
  }
  const Membership* const member = member_of(act);
  switch (act.kind) {
    case STOA_EVENT_CONNECT:
      if (member && member->connected() && !member->leaving() && !member->turned_away) {
        return result_of(act, STOA_OK);
      }
      if (member || connection->memberships.size() < shard_.limits().namespaces_per_connection) {
        return std::nullopt;
      }
      return result_of(act, STOA_ERR_LIMIT, "too many namespaces");
    case STOA_EVENT_ROOM_JOIN:
      if (!member || member->leaving()) {
        return result_of(act, STOA_ERR_NOT_FOUND, wire::kBadNamespace);
      }
      if (act.wish.room().empty()) return result_of(act, STOA_ERR_INVALID, wire::kBadRoom);
      if (member->room(act.wish.room())) return result_of(act, STOA_OK);
      if (connection->room_count() < shard_.limits().rooms_per_connection) return std::nullopt;
      return result_of(act, STOA_ERR_LIMIT, "too many rooms");
    case STOA_EVENT_ROOM_LEAVE:
      if (!member || !member->room(act.wish.room())) return result_of(act, STOA_OK);
      return std::nullopt;
    default:
      if (!member) return result_of(act, STOA_OK);
      return std::nullopt;
  }
}

void Lifecycle::ask_plugin(const ActPtr& act) {
  shard_.calls().decide(*member_of(*act)->version, event_of(*act, act->kind),
                        [this, act](const Outcome& outcome) { decided(act, outcome); });
}

void Lifecycle::decided(const ActPtr& act, const Outcome& outcome) {
  Connection* const connection = shard_.find(act->connection);
  if (outcome.denied() && connection && !connection->is_closing()) {
    answer(*act, result_of(*act, STOA_ERR_REMOTE, outcome.body));
    if (outcome.kind == STOA_ANSWER_CLOSE) {
      shard_.close_in_turn(*connection, static_cast<uint16_t>(outcome.code), outcome.body);
    }
    return release(*act);
  }
  if (const auto result = foregone(*act)) return end(*act, *result);
  if (!act->by_client()) return in_turn(act, &Lifecycle::ask_client);
  if (!act->leads_in()) {
    // It agreed, and is not told again.
    Membership& member = *member_of(*act);
    const bool all = act->kind == STOA_EVENT_DISCONNECT;
    member.announced.push_back(all ? nullptr : member.room(act->wish.room()));
  }
  in_turn(act, &Lifecycle::carry_out);
}

void Lifecycle::ask_client(const ActPtr& act) {
  if (const auto result = foregone(*act)) return end(*act, *result);
  const OwnedMessage& wish = act->wish;
  shard_.asks().ask(
      *shard_.find(act->connection), act->ns.flow(),
      {.ns = wish.ns(), .room = wish.room(), .event = wish.event(), .body = act->reason}, false,
      act->ns.ask_timeout(), [this, act](const AskResult& result) {
        if (result.status != STOA_OK && !act->must_be) return end(*act, result);
        block(*act);
        in_turn(act, &Lifecycle::carry_out);
      });
}

void Lifecycle::in_turn(const ActPtr& act, void (Lifecycle::*step)(const ActPtr&)) {
  const auto task = [this, act, step](Shard&) { (this->*step)(act); };
  if (!shard_.in_turn(task)) task(shard_);
}

void Lifecycle::carry_out(const ActPtr& act) {
  if (!act->leads_in()) return step_out(act);
  if (const auto result = foregone(*act)) return end(*act, *result);
  Membership& member = *member_of(*act);
  if (act->kind == STOA_EVENT_ROOM_JOIN) {
    store(member, act->wish.room());
    shard_.calls().tell(*member.version, event_of(*act, STOA_EVENT_ROOM_JOINED));
    return end(*act, result_of(*act, STOA_OK));
  }
  store(member);
  if (act->by_client()) {
    // The answer first: a client knows the namespace only once it has handled it.
    member.barrier = shard_.delivery().say_with_barrier(
        member.connection, member.ns.flow(),
        wire::Frame::of(opcode_of(act->wish.binary()), act->wish.wait(), wire::kEmptyAnswerTail));
  }
  shard_.calls().tell(*member.version, event_of(*act, STOA_EVENT_CONNECTED));
  if (!act->by_client()) answer(*act, result_of(*act, STOA_OK));
  const bool is_judged = std::exchange(member.unjudged, false);
  if (is_judged) hold(member);
  release(*act);
  if (is_judged) judge(shard_, member);
}

// Leaves the room, or all rooms and then the namespace, one after the other: what the plugin says
// to each comes before it.
void Lifecycle::step_out(const ActPtr& act) {
  const bool all = act->kind == STOA_EVENT_DISCONNECT;
  const uint32_t flags = all || !act->by_client() ? STOA_EVENT_FORCED : 0;
  for (;;) {
    if (const auto result = foregone(*act)) return end(*act, *result);
    Membership& member = *member_of(*act);
    Room* const room = all ? member.last_room() : member.room(act->wish.room());
    const Told told = announce(member, room, by(*act), [this, act] { step_out(act); });
    if (told == Told::kLater) return;
    if (told == Told::kNow && shard_.inbox().busy() &&
        shard_.inbox().put([this, act](Shard&) { step_out(act); })) {
      return;
    }
    if (room) {
      left(member, *room, by(*act), flags);
    } else {
      act->waiting = remove(member);
    }
  }
}

void Lifecycle::end(Act& act, const AskResult& result) {
  answer(act, result);
  release(act);
}

void Lifecycle::answer(const Act& act, const AskResult& result) {
  if (!act.by_client()) return act.then(result);
  Connection* const to = shard_.find(act.connection);
  if (!to) return;
  const bool well = result.status == STOA_OK;
  shard_.calls().send_answer(*to, act.ns.flow(), act.wish.view(), act.wish.binary(), false,
                             well ? Said{} : Said{STOA_ANSWER_ERROR, 0, 0, result.body});
}

void Lifecycle::release(Act& act) {
  Membership* const member = member_of(act);
  if (member && std::exchange(act.acts, false)) --member->acting;
  if (member && std::exchange(act.blocks, false)) return unblock(*member);
  if (member && send_off(*member)) return;
  resume(act.connection, std::exchange(act.waiting, {}));
}

void Lifecycle::unblock(Membership& member) {
  const uint64_t connection = member.connection.handle();
  if (--member.blocked != 0) return static_cast<void>(send_off(member));
  if (!member.connected()) return resume(connection, remove(member));
  member.travels = false;
  // Before what waits: that is for its next version.
  if (send_off(member)) return;
  member.spared = member.held && !member.held->empty() && member.spared;
  resume(connection, member.take_waiting());
}

// False if no departure waits for it, or something is under way with it.
bool Lifecycle::send_off(Membership& member) {
  if (!member.departure || !member.connected() || member.acting != 0) return false;
  if (!std::exchange(member.held_to_depart, false)) {
    if (member.blocked != 0) return false;
    hold_to_depart(member);
  }
  std::exchange(member.departure, nullptr)->depart(shard_, member);
  return true;
}

Membership* Lifecycle::member_of(const Act& act) const {
  const Connection* const connection = shard_.find(act.connection);
  Membership* const member = connection ? connection->membership(act.ns.name()) : nullptr;
  const bool same = member && (act.membership == 0 || act.membership == member->number);
  return same ? member : nullptr;
}

// What must be comes before all that waits.
std::vector<Lifecycle::ActPtr>* Lifecycle::undecided(Connection& connection, const Act& act) {
  if (!connection.is_open()) return &connection.opening->acts;
  Membership* const member = connection.membership(act.ns.name());
  if (!member) return nullptr;
  const bool in = member->connected() && !member->leaving();
  const bool waits = member->travels || member->turned_away || !member->acts.empty();
  const bool free = act.must_be || !waits;
  return in && free ? nullptr : &member->acts;
}

void Lifecycle::take_part(Act& act) {
  Membership* const member = member_of(act);
  if (member && !std::exchange(act.acts, true)) ++member->acting;
}

void Lifecycle::block(Act& act) {
  Membership* const member = member_of(act);
  if (member && !std::exchange(act.blocks, true)) ++member->blocked;
}

void Lifecycle::resume(uint64_t handle, const Waiting& waiting) {
  for (const ActPtr& act : waiting.acts) begin(act);
  Connection* const connection = shard_.find(handle);
  if (connection) shard_.delivery().pause_reading(*connection, false);
  // If one of these blocks the namespace again, the rest are held again, in their order.
  for (const auto& frame : waiting.frames) {
    if (connection) shard_.go_on(*connection, frame.payload, frame.binary);
  }
}

Membership& Lifecycle::add(Connection& connection, Version& version) {
  auto member = std::make_unique<Membership>(connection, version, ++last_membership_);
  shard_.with_registry([&] { connection.memberships.push_back(std::move(member)); });
  return *connection.memberships.back();
}

void Lifecycle::store(Membership& member) {
  shard_.with_registry([&] {
    member.state = Membership::State::kConnected;
    shard_.local(member.ns).add(member);
  });
}

Waiting Lifecycle::remove(Membership& member) {
  if (member.importer) withdraw(member, *member.importer);
  Waiting waiting = member.take_waiting();
  auto& all = member.connection.memberships;
  shard_.with_registry([&] {
    if (member.connected()) shard_.local(member.ns).remove(member);
    std::erase_if(all, [&](const auto& one) { return one.get() == &member; });
  });
  return waiting;
}

void Lifecycle::store(Membership& member, std::string_view room) {
  shard_.with_registry([&] { shard_.local(member.ns).join(member, room); });
}

void Lifecycle::left(Membership& member, Room& room, uint32_t by, uint32_t flags) {
  // The name goes with the room when its last member leaves.
  const std::string name = room.name;
  std::erase(member.announced, &room);
  shard_.with_registry([&] { shard_.local(member.ns).leave(member, room); });
  stoa_event event = make_event(STOA_EVENT_ROOM_LEFT, by, member.connection.handle());
  event.flags = flags;
  event.room = as_bytes(name);
  event.event = as_bytes(wire::kRoomLeft);
  shard_.calls().tell(*member.version, event);
}

void Lifecycle::withdraw(const Membership& member, Version& from) {
  stoa_event event = make_event(STOA_EVENT_DISCONNECT, STOA_BY_HOST, member.connection.handle());
  event.flags = STOA_EVENT_FORCED;
  event.event = as_bytes(wire::kDisconnect);
  shard_.calls().tell(from, event);
}

Lifecycle::Told Lifecycle::announce(Membership& member, Room* room, uint32_t by,
                                    const std::function<void()>& then) {
  auto& known = member.announced;
  if (std::find(known.begin(), known.end(), room) != known.end()) return Told::kBefore;
  known.push_back(room);
  const uint32_t kind = room ? STOA_EVENT_ROOM_LEAVE : STOA_EVENT_DISCONNECT;
  stoa_event event = make_event(kind, by, member.connection.handle());
  event.flags = STOA_EVENT_FORCED;
  event.room = room ? as_bytes(room->name) : stoa_bytes{};
  event.event = as_bytes(wire_name(kind));
  const bool now = shard_.calls().force(member.connection, *member.version, event, then);
  return now ? Told::kNow : Told::kLater;
}

}  // namespace stoa::routing
