#include "routing/host_table.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "plugin/host_arguments.h"
#include "routing/audience.h"
#include "routing/router.h"
#include "wire/frame.h"

namespace stoa::routing {
namespace {

using std::chrono::milliseconds;

Version* version_of(const stoa_host* host) noexcept {
  return host && host->context ? static_cast<Version*>(host->context) : nullptr;
}

// Every function ends here: what a plugin does wrong is said in the log, for its author.
int32_t done(Version& version, std::string_view function, int32_t result) noexcept {
  if (result >= 0) return result;
  version.complain(function, result);
  return result;
}

// Runs `call` for the version whose host this is; nothing may be thrown into a plugin.
template <class Call>
int32_t guarded(const stoa_host* host, std::string_view function, Call call) noexcept {
  Version* const version = version_of(host);
  if (!version) return STOA_ERR_INVALID;
  // It was given up, and another instance is in its place.
  if (version->stuck()) return STOA_ERR_STATE;
  try {
    return done(*version, function, call(*version));
  } catch (...) {
    // Only memory can have run out.
    return done(*version, function, STOA_ERR_LIMIT);
  }
}

wire::Opcode opcode_of(const stoa_message& message) noexcept {
  return (message.flags & STOA_MESSAGE_BINARY) != 0 ? wire::Opcode::kBinary : wire::Opcode::kText;
}

wire::Frame frame_of(const Namespace& ns, std::string_view room, const stoa_message& message) {
  if ((message.flags & STOA_MESSAGE_NATIVE) != 0) {
    return wire::Frame::of(opcode_of(message), as_view(message.body));
  }
  return wire::Frame::of(opcode_of(message), {.ns = ns.name(),
                                              .room = room,
                                              .event = as_view(message.event),
                                              .body = as_view(message.body)});
}

int32_t answer(const stoa_host* host, stoa_reply token, const stoa_answer* given) noexcept {
  return guarded(host, "answer", [&](Version& version) -> int32_t {
    stoa_answer answer;
    if (!plugin::read_answer(given, answer)) return STOA_ERR_INVALID;
    if (Calls::answer_here(token, {answer.kind, answer.flags, answer.code, as_view(answer.body)})) {
      return STOA_OK;
    }
    const Handle handle = Handle::of(token);
    if (token == 0 || handle.worker >= version.router().shards().size()) return STOA_ERR_STALE;
    return version.router().shard(handle.worker).calls().answer(version, token, answer);
  });
}

int32_t emit(const stoa_host* host, const stoa_target* to, const stoa_message* what) noexcept {
  return guarded(host, "emit", [&](Version& version) -> int32_t {
    stoa_target target;
    stoa_message message;
    if (!plugin::read_target(to, target)) return STOA_ERR_INVALID;
    if (!plugin::read_message(what, message)) return STOA_ERR_INVALID;
    const Audience audience = audience_of(version.ns(), target);
    return version.router().emit(audience, frame_of(version.ns(), audience.room, message));
  });
}

int32_t prepare(const stoa_host* host, stoa_bytes room, const stoa_message* what,
                stoa_prepared* out) noexcept {
  return guarded(host, "prepare", [&](Version& version) -> int32_t {
    stoa_message message;
    if (!out || !plugin::is_name(room)) return STOA_ERR_INVALID;
    if (!plugin::read_message(what, message)) return STOA_ERR_INVALID;
    *out = version.prepared().add(
        {frame_of(version.ns(), as_view(room), message), std::string(as_view(room))});
    return *out == 0 ? STOA_ERR_LIMIT : STOA_OK;
  });
}

int32_t prepared_emit(const stoa_host* host, const stoa_target* to, stoa_prepared number) noexcept {
  return guarded(host, "prepared_emit", [&](Version& version) -> int32_t {
    stoa_target target;
    if (!plugin::read_target(to, target)) return STOA_ERR_INVALID;
    const auto message = version.prepared().find(number);
    if (!message) return STOA_ERR_STALE;
    if (target.scope != STOA_TO_NAMESPACE && as_view(target.room) != message->room) {
      return STOA_ERR_INVALID;
    }
    if (target.scope == STOA_TO_NAMESPACE && !message->room.empty()) return STOA_ERR_INVALID;
    return version.router().emit(audience_of(version.ns(), target), message->frame);
  });
}

int32_t prepared_forget(const stoa_host* host, stoa_prepared number) noexcept {
  return guarded(host, "prepared_forget", [&](Version& version) -> int32_t {
    return version.prepared().remove(number) ? STOA_OK : STOA_ERR_STALE;
  });
}

int32_t ask(const stoa_host* host, const stoa_target* to, const stoa_message* what, uint32_t mode,
            uint32_t timeout_ms, uint64_t cookie) noexcept {
  return guarded(host, "ask", [&](Version& version) -> int32_t {
    stoa_target target;
    stoa_message message;
    if (!plugin::read_target(to, target)) return STOA_ERR_INVALID;
    if (!plugin::read_message(what, message)) return STOA_ERR_INVALID;
    if (!plugin::is_ask(message, mode, timeout_ms)) return STOA_ERR_INVALID;
    const milliseconds timeout =
        timeout_ms != 0 ? milliseconds(timeout_ms) : version.ns().ask_timeout();
    return version.router().ask(version, target, message, mode, timeout, cookie);
  });
}

// The namespace that connect() and disconnect() mean.
Namespace* meant(Namespace& own, const stoa_bytes* name) {
  return name ? own.router().find(as_view(*name)) : &own;
}

int32_t connect(const stoa_host* host, stoa_connection connection, const stoa_bytes* name,
                uint64_t cookie) noexcept {
  return guarded(host, "connect", [&](Version& version) -> int32_t {
    if (!plugin::is_name_or_null(name)) return STOA_ERR_INVALID;
    Namespace* const to = meant(version.ns(), name);
    return to ? version.router().connect(version, connection, *to, cookie) : STOA_ERR_NOT_FOUND;
  });
}

int32_t disconnect(const stoa_host* host, stoa_connection connection, const stoa_bytes* name,
                   uint64_t cookie) noexcept {
  return guarded(host, "disconnect", [&](Version& version) -> int32_t {
    if (!plugin::is_name_or_null(name)) return STOA_ERR_INVALID;
    Namespace* const from = meant(version.ns(), name);
    return from ? version.router().disconnect(version, connection, *from, cookie)
                : STOA_ERR_NOT_FOUND;
  });
}

int32_t disconnect_all(const stoa_host* host, stoa_connection connection,
                       uint64_t cookie) noexcept {
  return guarded(host, "disconnect_all", [&](Version& version) {
    return version.router().disconnect_all(version, connection, cookie);
  });
}

int32_t join(const stoa_host* host, stoa_connection connection, stoa_bytes room,
             uint64_t cookie) noexcept {
  return guarded(host, "join", [&](Version& version) -> int32_t {
    if (!plugin::is_filled_name(room)) return STOA_ERR_INVALID;
    return version.router().join(version, connection, as_view(room), cookie);
  });
}

int32_t leave(const stoa_host* host, stoa_connection connection, stoa_bytes room,
              uint64_t cookie) noexcept {
  return guarded(host, "leave", [&](Version& version) -> int32_t {
    if (!plugin::is_filled_name(room)) return STOA_ERR_INVALID;
    return version.router().leave(version, connection, as_view(room), cookie);
  });
}

int32_t close(const stoa_host* host, stoa_connection connection, uint32_t code,
              stoa_bytes reason) noexcept {
  return guarded(host, "close", [&](Version& version) -> int32_t {
    if (!plugin::is_close(code, reason)) return STOA_ERR_INVALID;
    return version.router().close(connection, static_cast<uint16_t>(code), as_view(reason));
  });
}

// Changes a connection's id or user while it opens.
int32_t change_opening(Version& version, stoa_connection connection, stoa_bytes value,
                       std::string Facts::*fact) {
  return version.router().with_connection(connection, [&](Connection& it) -> int32_t {
    if (it.is_open() || it.opening->hooks_done) return STOA_ERR_STATE;
    it.facts.*fact = as_view(value);
    return STOA_OK;
  });
}

int32_t set_id(const stoa_host* host, stoa_connection connection, stoa_bytes id) noexcept {
  return guarded(host, "set_id", [&](Version& version) -> int32_t {
    if (!plugin::is_filled_name(id)) return STOA_ERR_INVALID;
    return change_opening(version, connection, id, &Facts::id);
  });
}

int32_t set_user(const stoa_host* host, stoa_connection connection, stoa_bytes user) noexcept {
  return guarded(host, "set_user", [&](Version& version) -> int32_t {
    if (!plugin::is_name(user)) return STOA_ERR_INVALID;
    return change_opening(version, connection, user, &Facts::user);
  });
}

std::optional<std::string> header_of(const Facts& facts, std::string_view key, bool at_home) {
  const std::string name = wire::lower(key);
  for (const wire::NameValue& header : facts.headers) {
    if (header.name == name) return header.value;
  }
  // Only the opening hook, on the connection's own loop, can still see the request itself.
  return at_home && facts.live_header ? facts.live_header(name) : std::nullopt;
}

// The items of a fact; empty if there is no such fact.
std::vector<std::string> items_of(const Namespace& ns, const Connection& it, uint32_t fact,
                                  std::string_view key, bool at_home) {
  std::vector<std::string> items;
  switch (fact) {
    case STOA_FACT_ID:
      return {it.facts.id};
    case STOA_FACT_USER:
      return {it.facts.user};
    case STOA_FACT_ADDRESS:
      return {it.facts.address};
    case STOA_FACT_PATH:
      return {it.facts.path};
    case STOA_FACT_RECONNECTS:
      return {std::to_string(it.facts.reconnects)};
    case STOA_FACT_HEADER:
      if (auto value = header_of(it.facts, key, at_home)) items.push_back(std::move(*value));
      return items;
    case STOA_FACT_QUERY:
      for (const wire::NameValue& parameter : it.facts.query) {
        if (parameter.name == key) return {parameter.value};
      }
      return items;
    case STOA_FACT_NAMESPACES:
      for (const auto& member : it.memberships) {
        if (member->connected()) items.push_back(member->ns.name());
      }
      return items;
    default:
      if (const Membership* member = it.membership(ns.name())) {
        for (const Room* room : member->rooms) items.push_back(room->name);
      }
      return items;
  }
}

int32_t fact(const stoa_host* host, stoa_connection connection, uint32_t which, stoa_bytes key,
             const stoa_sink* out) noexcept {
  return guarded(host, "fact", [&](Version& version) -> int32_t {
    if (!plugin::is_fact(which, key, out)) return STOA_ERR_INVALID;
    std::vector<std::string> items;
    const Shard* const here = Shard::current();
    const bool at_home = here && here->index() == Handle::of(connection).worker;
    const int32_t found = version.router().with_connection(connection, [&](const Connection& it) {
      items = items_of(version.ns(), it, which, as_view(key), at_home);
      return STOA_OK;
    });
    if (found != STOA_OK) return found;
    const bool may_be_none = which == STOA_FACT_NAMESPACES || which == STOA_FACT_ROOMS;
    if (items.empty() && !may_be_none) return STOA_ERR_NOT_FOUND;
    for (const std::string& item : items) out->put(out->context, as_bytes(item));
    return STOA_OK;
  });
}

// Hands the connection's store, or with 0 the namespace's, to `use`.
template <class Use>
int32_t with_store(Namespace& ns, stoa_connection connection, Use use) {
  if (connection == 0) return ns.with_store(use);
  return ns.router().with_connection(connection, [&](Connection& it) -> int32_t {
    constexpr std::size_t kMaxKeys = 1'024;
    if (!it.store) it.store = std::make_unique<Store>(kMaxKeys);
    return use(*it.store);
  });
}

int32_t store_get(const stoa_host* host, stoa_connection connection, stoa_bytes key,
                  const stoa_sink* out) noexcept {
  return guarded(host, "store_get", [&](Version& version) -> int32_t {
    if (!plugin::is_sink(out) || !plugin::well_formed(key)) return STOA_ERR_INVALID;
    std::string value;
    const int32_t found = with_store(version.ns(), connection, [&](const Store& store) -> int32_t {
      const std::string* present = store.find(as_view(key));
      if (!present) return STOA_ERR_NOT_FOUND;
      value = *present;
      return STOA_OK;
    });
    if (found == STOA_OK) out->put(out->context, as_bytes(value));
    return found;
  });
}

int32_t store_set(const stoa_host* host, stoa_connection connection, stoa_bytes key,
                  stoa_bytes value) noexcept {
  return guarded(host, "store_set", [&](Version& version) -> int32_t {
    if (!plugin::well_formed(key) || !plugin::well_formed(value)) return STOA_ERR_INVALID;
    return with_store(version.ns(), connection,
                      [&](Store& store) { return store.set(as_view(key), as_view(value)); });
  });
}

int32_t store_delete(const stoa_host* host, stoa_connection connection, stoa_bytes key) noexcept {
  return guarded(host, "store_delete", [&](Version& version) -> int32_t {
    if (!plugin::well_formed(key)) return STOA_ERR_INVALID;
    return with_store(version.ns(), connection,
                      [&](Store& store) { return store.erase(as_view(key)); });
  });
}

int32_t store_add(const stoa_host* host, stoa_connection connection, stoa_bytes key, int64_t amount,
                  int64_t* result) noexcept {
  return guarded(host, "store_add", [&](Version& version) -> int32_t {
    if (!plugin::well_formed(key) || !result) return STOA_ERR_INVALID;
    return with_store(version.ns(), connection,
                      [&](Store& store) { return store.add(as_view(key), amount, *result); });
  });
}

int32_t store_swap(const stoa_host* host, stoa_connection connection, stoa_bytes key,
                   const stoa_bytes* expected, stoa_bytes value) noexcept {
  return guarded(host, "store_swap", [&](Version& version) -> int32_t {
    if (!plugin::well_formed(key) || !plugin::well_formed(value)) return STOA_ERR_INVALID;
    if (expected && !plugin::well_formed(*expected)) return STOA_ERR_INVALID;
    std::optional<std::string_view> present;
    if (expected) present = as_view(*expected);
    return with_store(version.ns(), connection, [&](Store& store) {
      return store.swap(as_view(key), present, as_view(value));
    });
  });
}

int32_t members(const stoa_host* host, stoa_bytes room, stoa_connection* out, uint64_t capacity,
                uint64_t* count) noexcept {
  return guarded(host, "members", [&](Version& version) -> int32_t {
    if (!plugin::is_name(room) || !count || (!out && capacity > 0)) return STOA_ERR_INVALID;
    const std::vector<uint64_t> all = version.router().members(version.ns(), as_view(room));
    std::copy_n(all.begin(), std::min<uint64_t>(all.size(), capacity), out);
    *count = all.size();
    return STOA_OK;
  });
}

int32_t timer_start(const stoa_host* host, uint64_t delay_ms, uint64_t period_ms, uint64_t cookie,
                    stoa_timer* out) noexcept {
  return guarded(host, "timer_start", [&](Version& version) -> int32_t {
    if (!plugin::is_timer(delay_ms, period_ms, out)) return STOA_ERR_INVALID;
    return version.router().start_timer(version, milliseconds(delay_ms), milliseconds(period_ms),
                                        cookie, *out);
  });
}

int32_t timer_stop(const stoa_host* host, stoa_timer timer) noexcept {
  return guarded(host, "timer_stop", [&](Version& version) -> int32_t {
    return version.router().stop_timer(version, timer);
  });
}

int32_t post(const stoa_host* host, uint64_t cookie) noexcept {
  return guarded(host, "post", [&](Version& version) -> int32_t {
    return version.router().post(version, cookie);
  });
}

int32_t log(const stoa_host* host, uint32_t level, stoa_bytes text, const stoa_field* fields,
            uint64_t field_count) noexcept {
  return guarded(host, "log", [&](Version& version) -> int32_t {
    if (!plugin::is_log(level, text, fields, field_count)) return STOA_ERR_INVALID;
    std::array<report::Field, plugin::kMaxFields> given;
    for (std::size_t i = 0; i < field_count; ++i) {
      given[i] = {as_view(fields[i].key), as_view(fields[i].value)};
    }
    version.router().log().write(static_cast<report::Level>(level), version.speaker(),
                                 as_view(text),
                                 {given.data(), static_cast<std::size_t>(field_count)});
    return STOA_OK;
  });
}

int32_t counter_add(const stoa_host* host, stoa_bytes name, uint64_t amount) noexcept {
  return guarded(host, "counter_add", [&](Version& version) -> int32_t {
    if (!plugin::is_number_name(name)) return STOA_ERR_INVALID;
    return version.ns().count(as_view(name), amount) ? STOA_OK : STOA_ERR_LIMIT;
  });
}

int32_t gauge_set(const stoa_host* host, stoa_bytes name, double value) noexcept {
  return guarded(host, "gauge_set", [&](Version& version) -> int32_t {
    if (!plugin::is_number_name(name)) return STOA_ERR_INVALID;
    return version.ns().measure(as_view(name), value) ? STOA_OK : STOA_ERR_LIMIT;
  });
}

template <class AnyClock>
uint64_t nanoseconds_of() noexcept {
  return static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(AnyClock::now().time_since_epoch())
          .count());
}

uint64_t monotonic_ns(const stoa_host*) noexcept {
  return nanoseconds_of<std::chrono::steady_clock>();
}

uint64_t wall_ns(const stoa_host*) noexcept {
  return nanoseconds_of<std::chrono::system_clock>();
}

const void* extension(const stoa_host*, const char*) noexcept {
  return nullptr;
}

}  // namespace

stoa_host make_host_table(Version& version) {
  return {.struct_size = sizeof(stoa_host),
          .abi_major = STOA_ABI_MAJOR,
          .abi_minor = STOA_ABI_MINOR,
          .reserved = 0,
          .context = &version,
          .answer = answer,
          .emit = emit,
          .prepare = prepare,
          .prepared_emit = prepared_emit,
          .prepared_forget = prepared_forget,
          .ask = ask,
          .connect = connect,
          .disconnect = disconnect,
          .disconnect_all = disconnect_all,
          .join = join,
          .leave = leave,
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
          .monotonic_ns = monotonic_ns,
          .wall_ns = wall_ns,
          .extension = extension};
}

}  // namespace stoa::routing
