#include "routing/messages.h"

#include "routing/router.h"
#include "routing/shard.h"
#include "wire/utf8.h"

namespace stoa::routing {
namespace {

// No other event of a client's need be compared with the names that the protocol reserves.
bool may_be_lifecycle(std::string_view event) {
  return !event.empty() && event.front() == '_';
}

bool is_wish(std::string_view event) {
  return event == wire::kConnect || event == wire::kDisconnect || event == wire::kRoomJoin ||
         event == wire::kRoomLeave || event == wire::kRoomLeft;
}

// Names that only the host may speak of: a client that sent one as an event would make a handler
// believe something that did not happen.
bool is_reserved(std::string_view event) {
  return event == wire::kConnected || event == wire::kRoomJoined || event == wire::kAnyEvent;
}

// A binary frame's names go out again in text frames. (A text frame is UTF-8 as a whole.)
bool names_are_text(const wire::Message& message, std::string_view payload, bool binary) {
  return !binary || wire::is_utf8(payload.substr(0, payload.size() - message.body.size()));
}

bool too_long(const wire::Message& message) {
  return message.ns.size() > Limits::kMaxNameBytes || message.room.size() > Limits::kMaxNameBytes ||
         message.event.size() > Limits::kMaxNameBytes;
}

}  // namespace

void Messages::receive(Connection& from, std::string_view payload, bool binary) {
  if (from.is_closing()) return;
  shard_.counters().messages_in.add();
  go_on(from, payload, binary);
}

void Messages::go_on(Connection& from, std::string_view payload, bool binary) {
  if (from.is_closing()) return;
  if (!from.is_open()) return before_acknowledgement(from, payload, binary);
  if (payload.empty() && !shard_.router().native_only()) return;
  if (shard_.router().native_only()) return native(from, payload, binary);
  const auto message = wire::parse(payload, scratch_);
  if (!message || !names_are_text(*message, payload, binary)) return native(from, payload, binary);
  this->message(from, *message, payload, binary);
}

void Messages::before_acknowledgement(Connection& from, std::string_view payload, bool binary) {
  if (payload.empty()) return;
  if (!shard_.router().native_only() && payload == wire::kAckRequest &&
      !from.opening->acknowledged) {
    return shard_.lifecycle().acknowledge(from);
  }
  constexpr HeldFrames::Bounds kBeforeAcknowledgement{.frames = 64, .bytes = 64 * 1024};
  if (!from.opening->held.keep(payload, binary, kBeforeAcknowledgement)) {
    shard_.delivery().close(from, 1008, "too many messages before the acknowledgement");
  }
}

void Messages::message(Connection& from, const wire::Received& message, std::string_view payload,
                       bool binary) {
  shard_.delivery().confirm(from, from.open_barrier);
  if (!message.wait.empty() && !wire::is_client_ask(message.wait)) {
    if (!shard_.asks().answered(from, message, binary)) shard_.counters().dropped_late.add();
    return;
  }
  if (too_long(message)) return shard_.lifecycle().refuse(from, message, binary, "name too long");
  Membership* member = from.membership(message.ns);
  if (member && member->turned_away) member = nullptr;
  if (member && member->blocked) return hold(*member, payload, binary);
  if (message.event == wire::kConnect)
    return shard_.lifecycle().asked(from, STOA_EVENT_CONNECT, message, binary);
  if (!member) {
    const bool leaving = message.event == wire::kDisconnect && !message.wait.empty();
    if (leaving) return shard_.lifecycle().agree(from, message, binary);
    return shard_.lifecycle().refuse(from, message, binary, wire::kBadNamespace);
  }
  // Only a client that saw the connect answer speaks in the namespace.
  shard_.delivery().confirm(from, member->barrier);
  if (payload.size() > member->ns.max_message_bytes()) {
    return shard_.delivery().close(from, 1009, "message too big");
  }
  if (may_be_lifecycle(message.event) && is_wish(message.event)) {
    return lifecycle(*member, message, binary);
  }
  event(*member, message, binary);
}

void Messages::lifecycle(Membership& member, const wire::Message& message, bool binary) {
  // neffos.js asks to leave all rooms under the name of the event that follows a leave.
  const uint32_t kind = message.event == wire::kDisconnect ? STOA_EVENT_DISCONNECT
                        : message.event == wire::kRoomJoin ? STOA_EVENT_ROOM_JOIN
                                                           : STOA_EVENT_ROOM_LEAVE;
  shard_.lifecycle().asked(member.connection, kind, message, binary);
}

void Messages::event(Membership& member, const wire::Received& message, bool binary) {
  if (!message.room.empty() && !member.room(message.room)) {
    return shard_.lifecycle().refuse(member.connection, message, binary, wire::kBadRoom);
  }
  const plugin::Interests& wants = member.version->wants();
  if (member.ns.name().empty() && message.event == wire::kNativeMessage &&
      wants.handles(STOA_EVENT_NATIVE)) {
    return deliver_native(member, message.body, binary);
  }
  const bool reserved = may_be_lifecycle(message.event) && is_reserved(message.event);
  const uint32_t index = reserved ? STOA_INDEX_ANY : wants.event_index(message.event);
  if (index == STOA_INDEX_ANY && (reserved || !wants.handles_any())) {
    if (!message.wait.empty()) {
      return shard_.lifecycle().refuse(member.connection, message, binary, "unknown event");
    }
    shard_.counters().dropped_unhandled.add();
    return;
  }
  stoa_event event = make_event(STOA_EVENT_MESSAGE, STOA_BY_CLIENT, member.connection.handle());
  event.flags = (message.wait.empty() ? 0 : STOA_EVENT_ASK) | (binary ? STOA_EVENT_BINARY : 0) |
                (message.is_error ? STOA_EVENT_ERROR : 0);
  event.index = index;
  event.room = as_bytes(message.room);
  event.event = as_bytes(message.event);
  event.body = as_bytes(message.body);
  shard_.calls().message(member.connection, *member.version, event, message);
}

void Messages::native(Connection& from, std::string_view payload, bool binary) {
  Membership* member = from.membership("");
  if (member && member->turned_away) member = nullptr;
  if (member && member->blocked) return hold(*member, payload, binary);
  if (!member || !member->connected() || !member->version->wants().handles(STOA_EVENT_NATIVE)) {
    shard_.counters().dropped_invalid.add();
    return;
  }
  deliver_native(*member, payload, binary);
}

void Messages::deliver_native(Membership& member, std::string_view payload, bool binary) {
  if (payload.size() > member.ns.max_message_bytes()) {
    return shard_.delivery().close(member.connection, 1009, "message too big");
  }
  stoa_event event = make_event(STOA_EVENT_NATIVE, STOA_BY_CLIENT, member.connection.handle());
  event.flags = binary ? STOA_EVENT_BINARY : 0;
  event.event = as_bytes(wire::kNativeMessage);
  event.body = as_bytes(payload);
  shard_.calls().message(member.connection, *member.version, event, {});
}

void Messages::hold(Membership& member, std::string_view payload, bool binary) {
  if (!member.held) member.held = std::make_unique<HeldFrames>();
  // A member may go on as if it were let in already, by a thousand messages or one of any size.
  const HeldFrames::Bounds bounds{.frames = 1024,
                                  .bytes = std::size_t{64} * 1024 + member.ns.max_message_bytes()};
  // It is the server that makes them wait, or made those before them: its client must not pay.
  member.spared = member.spared || member.holds != 0;
  if (member.spared) {
    constexpr HeldFrames::Bounds kAll{.frames = SIZE_MAX, .bytes = SIZE_MAX};
    static_cast<void>(member.held->keep(payload, binary, kAll));
    if (member.held->beyond(bounds)) shard_.delivery().pause_reading(member.connection, true);
  } else if (!member.held->keep(payload, binary, bounds)) {
    shard_.delivery().close(member.connection, 1008, "too many messages before the answer");
  }
}

}  // namespace stoa::routing
