// How a connection opens.
#include <memory>

#include "routing/lifecycle.h"
#include "routing/router.h"
#include "routing/shard.h"

namespace stoa::routing {

void Lifecycle::open(Connection& connection) {
  next_hook(connection);
}

void Lifecycle::next_hook(Connection& connection) {
  const auto namespaces = shard_.router().namespaces();
  Opening& opening = *connection.opening;
  while (opening.next_hook < namespaces.size()) {
    Namespace& ns = *namespaces[opening.next_hook];
    const bool watches = ns.is_open() && ns.watches_connections();
    const std::shared_ptr<Version> version = watches ? ns.split()->stable() : nullptr;
    if (!version || !version->wants().handles(STOA_EVENT_OPEN)) {
      ++opening.next_hook;
      continue;
    }
    if (!version->ready()) return wait_for_version(connection, ns, &Lifecycle::next_hook);
    ++opening.next_hook;
    return ask_hook(connection, *version);
  }
  shard_.with_registry([&] { opening.hooks_done = true; });
  open_if_ready(connection);
}

void Lifecycle::wait_for_version(const Connection& connection, Namespace& ns,
                                 void (Lifecycle::*then)(Connection&)) {
  const auto go_on = [this, handle = connection.handle(), then](Shard&) {
    Connection* const it = shard_.find(handle);
    if (it && !it->is_closing()) (this->*then)(*it);
  };
  shard_.local(ns).newcomers().push_back(go_on);
}

void Lifecycle::ask_hook(const Connection& connection, Version& version) {
  const uint64_t handle = connection.handle();
  shard_.calls().decide(version, make_event(STOA_EVENT_OPEN, STOA_BY_CLIENT, handle),
                        [this, handle](const Outcome& outcome) {
                          Connection* it = shard_.find(handle);
                          if (!it || it->is_closing()) return;
                          if (!outcome.denied()) return next_hook(*it);
                          shard_.counters().connections_refused.add();
                          it->opening->refusal = outcome;
                          open_if_ready(*it);
                        });
}

void Lifecycle::refuse_opening(Connection& connection) {
  const Outcome& refusal = *connection.opening->refusal;
  if (!shard_.router().native_only()) {
    shard_.delivery().say(connection, Flow::kConnection,
                          wire::Frame::of(wire::Opcode::kText, wire::kAckRefused + refusal.body));
  }
  const bool named = refusal.kind == STOA_ANSWER_CLOSE;
  shard_.delivery().close(connection, named ? static_cast<uint16_t>(refusal.code) : 1008,
                          refusal.body);
}

void Lifecycle::acknowledge(Connection& connection) {
  connection.opening->acknowledged = true;
  open_if_ready(connection);
}

void Lifecycle::open_if_ready(Connection& connection) {
  const bool native_only = shard_.router().native_only();
  if (!connection.opening->acknowledged && !native_only) return;
  if (connection.opening->refusal) return refuse_opening(connection);
  if (!connection.opening->hooks_done) return;
  if (native_only) return open_native(connection);
  const auto opening = opened(connection);
  connection.open_barrier = shard_.delivery().say_with_barrier(
      connection, Flow::kConnection,
      wire::Frame::of(wire::Opcode::kText, wire::kAckAccepted + connection.facts.id));
  resume(connection.handle(), {std::move(opening->acts), opening->held.take()});
}

// Its clients know of no namespaces: they are in the only one that there is.
void Lifecycle::open_native(Connection& connection) {
  Namespace& ns = *shard_.router().namespaces().front();
  Version* const version = ns.split()->choose(ns.name(), connection.facts);
  // The namespace was removed while the server ran.
  if (!version) return shard_.delivery().close(connection, 1008, wire::kBadNamespace);
  if (!version->ready()) return wait_for_version(connection, ns, &Lifecycle::open_native);
  const auto opening = opened(connection);
  store(add(connection, *version));
  resume(connection.handle(), {std::move(opening->acts), opening->held.take()});
}

// It is open from here on.
std::unique_ptr<Opening> Lifecycle::opened(Connection& connection) {
  return shard_.with_registry([&] { return std::move(connection.opening); });
}

}  // namespace stoa::routing
