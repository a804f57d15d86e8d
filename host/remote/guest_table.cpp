#include "remote/guest_table.h"

#include <algorithm>
#include <chrono>
#include <string>

#include "plugin/host_arguments.h"
#include "stoa/version.h"

namespace stoa::remote {

namespace {

using plugin::well_formed;

// Nothing may be thrown into a plugin. What is thrown here is that memory ran out.
template <class Call>
int32_t guarded(const stoa_host* host, Call call) noexcept {
  if (!host || !host->context) return STOA_ERR_INVALID;
  try {
    return call(*static_cast<GuestTable*>(host->context));
  } catch (...) {
    return STOA_ERR_LIMIT;
  }
}

// Says a call whose arguments `fill` writes.
template <class Fill>
int32_t say(GuestTable& table, Kind kind, Fill fill) {
  const bool said = table.calls().say([&](std::string& buffer) {
    Writer to(buffer, kind);
    fill(to);
  });
  return said ? STOA_OK : STOA_ERR_LIMIT;
}

// The same, and waits. `take` reads what comes behind the result, after all locks are given back.
template <class Fill, class Take>
int32_t ask(GuestTable& table, Kind kind, Fill fill, Take take) {
  std::string reply;
  const bool asked = table.calls().ask(
      [&](std::string& buffer) {
        Writer to(buffer, kind);
        fill(to);
      },
      reply);
  if (!asked) return STOA_ERR_LIMIT;
  Reader from({Kind::kReply, reply});
  const auto result = from.number<int32_t>();
  take(from, result);
  from.end();
  return result;
}

template <class Fill>
int32_t ask(GuestTable& table, Kind kind, Fill fill) {
  return ask(table, kind, fill, [](Reader&, int32_t) {});
}

void put(Writer& to, const stoa_target& target) {
  to.number(target.scope).number(target.connection).number(target.except);
  to.bytes(target.room).bytes(target.only_id);
}

void put(Writer& to, const stoa_message& message) {
  to.number(message.flags).bytes(message.event).bytes(message.body);
}

int32_t answer(const stoa_host* host, stoa_reply token, const stoa_answer* given) noexcept {
  return guarded(host, [&](GuestTable& table) -> int32_t {
    stoa_answer answer;
    if (!plugin::read_answer(given, answer)) return STOA_ERR_INVALID;
    if (!table.take(token)) return STOA_ERR_STALE;
    return say(table, Kind::kAnswer, [&](Writer& to) {
      to.number(token).number(answer.kind).number(answer.flags).number(answer.code);
      to.bytes(answer.body);
    });
  });
}

int32_t emit(const stoa_host* host, const stoa_target* to, const stoa_message* what) noexcept {
  return guarded(host, [&](GuestTable& table) -> int32_t {
    stoa_target target;
    stoa_message message;
    if (!plugin::read_target(to, target)) return STOA_ERR_INVALID;
    if (!plugin::read_message(what, message)) return STOA_ERR_INVALID;
    return say(table, Kind::kEmit, [&](Writer& out) {
      put(out, target);
      put(out, message);
    });
  });
}

int32_t prepare(const stoa_host* host, stoa_bytes room, const stoa_message* what,
                stoa_prepared* out) noexcept {
  return guarded(host, [&](GuestTable& table) -> int32_t {
    stoa_message message;
    if (!out || !plugin::is_name(room)) return STOA_ERR_INVALID;
    if (!plugin::read_message(what, message)) return STOA_ERR_INVALID;
    return ask(
        table, Kind::kPrepare, [&](Writer& to) { put(to.bytes(room), message); },
        [&](Reader& from, int32_t) { *out = from.number<stoa_prepared>(); });
  });
}

int32_t prepared_emit(const stoa_host* host, const stoa_target* to, stoa_prepared number) noexcept {
  return guarded(host, [&](GuestTable& table) -> int32_t {
    stoa_target target;
    if (!plugin::read_target(to, target)) return STOA_ERR_INVALID;
    return say(table, Kind::kPreparedEmit, [&](Writer& out) {
      put(out, target);
      out.number(number);
    });
  });
}

int32_t prepared_forget(const stoa_host* host, stoa_prepared number) noexcept {
  return guarded(host, [&](GuestTable& table) {
    return say(table, Kind::kPreparedForget, [&](Writer& to) { to.number(number); });
  });
}

int32_t ask(const stoa_host* host, const stoa_target* to, const stoa_message* what, uint32_t mode,
            uint32_t timeout_ms, uint64_t cookie) noexcept {
  return guarded(host, [&](GuestTable& table) -> int32_t {
    stoa_target target;
    stoa_message message;
    if (!plugin::read_target(to, target)) return STOA_ERR_INVALID;
    if (!plugin::read_message(what, message)) return STOA_ERR_INVALID;
    if (!plugin::is_ask(message, mode, timeout_ms)) return STOA_ERR_INVALID;
    return ask(table, Kind::kAsk, [&](Writer& out) {
      put(out, target);
      put(out, message);
      out.number(mode).number(timeout_ms).number(cookie);
    });
  });
}

template <Kind kKind>
int32_t change_membership(const stoa_host* host, stoa_connection connection, const stoa_bytes* ns,
                          uint64_t cookie) noexcept {
  return guarded(host, [&](GuestTable& table) -> int32_t {
    if (!plugin::is_name_or_null(ns)) return STOA_ERR_INVALID;
    return ask(table, kKind,
               [&](Writer& to) { to.number(connection).optional(ns).number(cookie); });
  });
}

int32_t disconnect_all(const stoa_host* host, stoa_connection connection,
                       uint64_t cookie) noexcept {
  return guarded(host, [&](GuestTable& table) {
    return ask(table, Kind::kDisconnectAll,
               [&](Writer& to) { to.number(connection).number(cookie); });
  });
}

template <Kind kKind>
int32_t change_room(const stoa_host* host, stoa_connection connection, stoa_bytes room,
                    uint64_t cookie) noexcept {
  return guarded(host, [&](GuestTable& table) -> int32_t {
    if (!plugin::is_filled_name(room)) return STOA_ERR_INVALID;
    return ask(table, kKind, [&](Writer& to) { to.number(connection).bytes(room).number(cookie); });
  });
}

int32_t close(const stoa_host* host, stoa_connection connection, uint32_t code,
              stoa_bytes reason) noexcept {
  return guarded(host, [&](GuestTable& table) -> int32_t {
    if (!plugin::is_close(code, reason)) return STOA_ERR_INVALID;
    return ask(table, Kind::kClose,
               [&](Writer& to) { to.number(connection).number(code).bytes(reason); });
  });
}

int32_t set_id(const stoa_host* host, stoa_connection connection, stoa_bytes id) noexcept {
  return guarded(host, [&](GuestTable& table) -> int32_t {
    if (!plugin::is_filled_name(id)) return STOA_ERR_INVALID;
    return ask(table, Kind::kSetId, [&](Writer& to) { to.number(connection).bytes(id); });
  });
}

int32_t set_user(const stoa_host* host, stoa_connection connection, stoa_bytes user) noexcept {
  return guarded(host, [&](GuestTable& table) -> int32_t {
    if (!plugin::is_name(user)) return STOA_ERR_INVALID;
    return ask(table, Kind::kSetUser, [&](Writer& to) { to.number(connection).bytes(user); });
  });
}

// The items of a reply, one after the other, into the plugin's sink.
void pour(Reader& from, const stoa_sink& out) {
  const uint32_t count = from.count(sizeof(uint32_t));
  for (uint32_t i = 0; i < count; ++i) out.put(out.context, from.bytes());
}

int32_t fact(const stoa_host* host, stoa_connection connection, uint32_t which, stoa_bytes key,
             const stoa_sink* out) noexcept {
  return guarded(host, [&](GuestTable& table) -> int32_t {
    if (!plugin::is_fact(which, key, out)) return STOA_ERR_INVALID;
    return ask(
        table, Kind::kFact, [&](Writer& to) { to.number(connection).number(which).bytes(key); },
        [&](Reader& from, int32_t) { pour(from, *out); });
  });
}

int32_t store_get(const stoa_host* host, stoa_connection connection, stoa_bytes key,
                  const stoa_sink* out) noexcept {
  return guarded(host, [&](GuestTable& table) -> int32_t {
    if (!plugin::is_sink(out) || !well_formed(key)) return STOA_ERR_INVALID;
    return ask(
        table, Kind::kStoreGet, [&](Writer& to) { to.number(connection).bytes(key); },
        [&](Reader& from, int32_t) { pour(from, *out); });
  });
}

int32_t store_set(const stoa_host* host, stoa_connection connection, stoa_bytes key,
                  stoa_bytes value) noexcept {
  return guarded(host, [&](GuestTable& table) -> int32_t {
    if (!well_formed(key) || !well_formed(value)) return STOA_ERR_INVALID;
    return ask(table, Kind::kStoreSet,
               [&](Writer& to) { to.number(connection).bytes(key).bytes(value); });
  });
}

int32_t store_delete(const stoa_host* host, stoa_connection connection, stoa_bytes key) noexcept {
  return guarded(host, [&](GuestTable& table) -> int32_t {
    if (!well_formed(key)) return STOA_ERR_INVALID;
    return ask(table, Kind::kStoreDelete, [&](Writer& to) { to.number(connection).bytes(key); });
  });
}

int32_t store_add(const stoa_host* host, stoa_connection connection, stoa_bytes key, int64_t amount,
                  int64_t* result) noexcept {
  return guarded(host, [&](GuestTable& table) -> int32_t {
    if (!well_formed(key) || !result) return STOA_ERR_INVALID;
    return ask(
        table, Kind::kStoreAdd,
        [&](Writer& to) { to.number(connection).bytes(key).number(amount); },
        [&](Reader& from, int32_t outcome) {
          const auto sum = from.number<int64_t>();
          if (outcome == STOA_OK) *result = sum;
        });
  });
}

int32_t store_swap(const stoa_host* host, stoa_connection connection, stoa_bytes key,
                   const stoa_bytes* expected, stoa_bytes value) noexcept {
  return guarded(host, [&](GuestTable& table) -> int32_t {
    if (!well_formed(key) || !well_formed(value)) return STOA_ERR_INVALID;
    if (expected && !well_formed(*expected)) return STOA_ERR_INVALID;
    return ask(table, Kind::kStoreSwap, [&](Writer& to) {
      to.number(connection).bytes(key).optional(expected).bytes(value);
    });
  });
}

int32_t members(const stoa_host* host, stoa_bytes room, stoa_connection* out, uint64_t capacity,
                uint64_t* count) noexcept {
  return guarded(host, [&](GuestTable& table) -> int32_t {
    if (!plugin::is_name(room) || !count || (!out && capacity > 0)) return STOA_ERR_INVALID;
    return ask(
        table, Kind::kMembers, [&](Writer& to) { to.bytes(room).number(capacity); },
        [&](Reader& from, int32_t result) {
          const auto all = from.number<uint64_t>();
          if (result == STOA_OK) *count = all;
          const uint32_t given = from.count(sizeof(stoa_connection));
          for (uint32_t i = 0; i < given; ++i) out[i] = from.number<stoa_connection>();
        });
  });
}

int32_t timer_start(const stoa_host* host, uint64_t delay_ms, uint64_t period_ms, uint64_t cookie,
                    stoa_timer* out) noexcept {
  return guarded(host, [&](GuestTable& table) -> int32_t {
    if (!plugin::is_timer(delay_ms, period_ms, out)) return STOA_ERR_INVALID;
    return ask(
        table, Kind::kTimerStart,
        [&](Writer& to) { to.number(delay_ms).number(period_ms).number(cookie); },
        [&](Reader& from, int32_t) { *out = from.number<stoa_timer>(); });
  });
}

int32_t timer_stop(const stoa_host* host, stoa_timer timer) noexcept {
  return guarded(host, [&](GuestTable& table) {
    return say(table, Kind::kTimerStop, [&](Writer& to) { to.number(timer); });
  });
}

int32_t post(const stoa_host* host, uint64_t cookie) noexcept {
  return guarded(host, [&](GuestTable& table) {
    return say(table, Kind::kPost, [&](Writer& to) { to.number(cookie); });
  });
}

int32_t log(const stoa_host* host, uint32_t level, stoa_bytes text, const stoa_field* fields,
            uint64_t field_count) noexcept {
  return guarded(host, [&](GuestTable& table) -> int32_t {
    if (!plugin::is_log(level, text, fields, field_count)) return STOA_ERR_INVALID;
    return say(table, Kind::kLog, [&](Writer& to) {
      to.number(level).bytes(text).number(static_cast<uint32_t>(field_count));
      for (uint64_t i = 0; i < field_count; ++i) to.bytes(fields[i].key).bytes(fields[i].value);
    });
  });
}

int32_t counter_add(const stoa_host* host, stoa_bytes name, uint64_t amount) noexcept {
  return guarded(host, [&](GuestTable& table) -> int32_t {
    if (!plugin::is_number_name(name)) return STOA_ERR_INVALID;
    return say(table, Kind::kCounterAdd, [&](Writer& to) { to.bytes(name).number(amount); });
  });
}

int32_t gauge_set(const stoa_host* host, stoa_bytes name, double value) noexcept {
  return guarded(host, [&](GuestTable& table) -> int32_t {
    if (!plugin::is_number_name(name)) return STOA_ERR_INVALID;
    return say(table, Kind::kGaugeSet, [&](Writer& to) { to.bytes(name).number(value); });
  });
}

template <class Clock>
uint64_t nanoseconds(const stoa_host*) noexcept {
  const auto now = Clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

const void* extension(const stoa_host*, const char*) noexcept {
  return nullptr;
}

}  // namespace

GuestTable::GuestTable(GuestCalls& calls)
    : calls_(calls),
      host_{.struct_size = sizeof(stoa_host),
            .abi_major = STOA_ABI_MAJOR,
            .abi_minor = STOA_ABI_MINOR,
            .reserved = 0,
            .context = this,
            .answer = answer,
            .emit = emit,
            .prepare = prepare,
            .prepared_emit = prepared_emit,
            .prepared_forget = prepared_forget,
            .ask = remote::ask,
            .connect = change_membership<Kind::kConnect>,
            .disconnect = change_membership<Kind::kDisconnect>,
            .disconnect_all = disconnect_all,
            .join = change_room<Kind::kJoin>,
            .leave = change_room<Kind::kLeave>,
            .close = close,
            .set_id = set_id,
            .set_user = set_user,
            .fact = fact,
            .store_get = store_get,
            .store_set = store_set,
            .store_delete = store_delete,
            .store_add = store_add,
            .store_swap = store_swap,
            .members = members,
            .timer_start = timer_start,
            .timer_stop = timer_stop,
            .post = post,
            .log = log,
            .counter_add = counter_add,
            .gauge_set = gauge_set,
            .monotonic_ns = nanoseconds<std::chrono::steady_clock>,
            .wall_ns = nanoseconds<std::chrono::system_clock>,
            .extension = extension} {}

void GuestTable::handling(stoa_reply token) noexcept {
  present_ = token;
  answered_ = false;
}

bool GuestTable::take(stoa_reply token) noexcept {
  if (token == 0) return false;
  return token != present_ || !answered_.exchange(true);
}

}  // namespace stoa::remote
