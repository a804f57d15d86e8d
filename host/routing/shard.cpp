#include "routing/shard.h"

#include <span>
#include <string>

#include "routing/router.h"

namespace stoa::routing {
namespace {

thread_local Shard* current_shard = nullptr;

// The line that each connection has at level debug.
void note(Shard& shard, std::string_view what, const Connection& it, uint16_t code = 0,
          std::string_view reason = {}) {
  report::Log& log = shard.log();
  if (!log.enabled(report::Level::kDebug)) return;
  // A plugin's thread may be setting it.
  const std::string id = shard.with_registry([&] { return it.facts.id; });
  const std::string number = std::to_string(it.handle());
  const std::string ended = std::to_string(code);
  const report::Field fields[] = {{"connection", number},
                                  {"id", id},
                                  {"address", it.facts.address},
                                  {"code", ended},
                                  {"reason", reason}};
  log.debug("routing", what, std::span(fields, code == 0 ? 3 : 5));
}

}  // namespace

Shard::Shard(Router& router, uint8_t index)
    : router_(router),
      limits_(router.limits()),
      index_(index),
      connections_(index),
      delivery_(*this, counters_, limits_),
      calls_(*this, index),
      asks_(*this, index),
      lifecycle_(*this),
      messages_(*this) {}

void Shard::bind_to_this_thread() noexcept {
  current_shard = this;
}

Shard* Shard::current() noexcept {
  return current_shard;
}

report::Log& Shard::log() noexcept {
  return router_.log();
}

Connection* Shard::open(Facts facts, void* transport) {
  // Under the lock from the first: a table that grows moves.
  Connection* const made = with_registry([&]() -> Connection* {
    const uint64_t handle = connections_.reserve();
    if (handle == 0) return nullptr;
    auto connection = std::make_unique<Connection>(handle, std::move(facts), transport);
    Connection* const raw = connection.get();
    connections_.fill(handle, std::move(connection));
    return raw;
  });
  if (!made) return nullptr;
  Connection& opened = *made;
  counters_.connections_opened.add();
  lifecycle_.open(opened);
  note(*this, "connection opened", opened);  // now, because a plugin may have set its id
  // The hooks that answer later, and other threads, cannot see the request itself any more.
  with_registry([&] { opened.facts.live_header = nullptr; });
  return &opened;
}

void Shard::gone(Connection& connection, uint16_t code, std::string_view reason) {
  with_registry([&] { connection.gone = true; });
  connection.transport = nullptr;
  delivery_.forget(connection);
  counters_.connections_closed.add();
  note(*this, "connection closed", connection, code, reason);
  lifecycle_.gone(connection, code, reason);
}

void Shard::forget(uint64_t handle) {
  // Destroyed outside the lock: only the table must not change under a reader.
  const auto last = with_registry([&] { return connections_.take(handle); });
}

bool Shard::in_turn(Task task) {
  if (!on_loop_thread() || inbox_.busy()) return inbox_.put(std::move(task));
  task(*this);
  return true;
}

void Shard::run_or_post(Task task) {
  if (on_loop_thread()) return task(*this);
  if (!inbox_.put(std::move(task)))
    log().error("routing", "a worker's inbox is full: a task is lost");
}

void Shard::say_in_turn(Connection& to, Flow flow, wire::Frame frame) {
  if (!inbox_.busy()) return delivery_.say(to, flow, std::move(frame));
  const bool put = inbox_.put([handle = to.handle(), flow, frame](Shard& shard) {
    if (Connection* connection = shard.find(handle)) shard.delivery().say(*connection, flow, frame);
  });
  if (!put) delivery_.say(to, flow, std::move(frame));  // rather too early than never
}

void Shard::close_in_turn(Connection& connection, uint16_t code, std::string_view reason) {
  const bool done =
      in_turn([handle = connection.handle(), code, reason = std::string(reason)](Shard& shard) {
        if (Connection* it = shard.find(handle)) shard.delivery().close(*it, code, reason);
      });
  if (!done) delivery_.close(connection, code, reason);
}

}  // namespace stoa::routing
