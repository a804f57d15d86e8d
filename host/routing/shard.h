// One worker's share of the connections, and everything that happens to them.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "report/log.h"
#include "report/mutex.h"
#include "routing/asks.h"
#include "routing/calls.h"
#include "routing/connection.h"
#include "routing/counters.h"
#include "routing/deadlines.h"
#include "routing/delivery.h"
#include "routing/handle.h"
#include "routing/inbox.h"
#include "routing/lifecycle.h"
#include "routing/limits.h"
#include "routing/membership.h"
#include "routing/messages.h"

namespace stoa::routing {

class Router;

// Owned by the router. It lives on one loop thread; other threads reach it through its inbox, and
// may read its tables under the registry lock (with_registry). The net room drives it:
//
//   open() / receive() / pong() / gone()   what the transport saw
//   set_now(), run_inbox(), deadlines()    at the start of a turn
//   delivery().dirty()                     at the end of a turn: what is to be written or closed
//   calls().ring_lanes()                   and who is to handle what was posted
class Shard {
 public:
  Shard(Router& router, uint8_t index);
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  // This thread is the shard's loop thread from now on.
  void bind_to_this_thread() noexcept;
  // The shard whose loop thread this is, or null.
  [[nodiscard]] static Shard* current() noexcept;
  [[nodiscard]] bool on_loop_thread() const noexcept { return current() == this; }

  // --- For the net room ------------------------------------------------------------------------

  // A connection came through its upgrade: its opening hooks run. The reference is good until
  // gone(). Null if this worker has no handle left.
  [[nodiscard]] Connection* open(Facts facts, void* transport);
  // A whole frame came, unmasked and, if text, valid UTF-8.
  void receive(Connection& from, std::string_view payload, bool binary) {
    messages_.receive(from, payload, binary);
  }
  // A frame that was received before, and held.
  void go_on(Connection& from, std::string_view payload, bool binary) {
    messages_.go_on(from, payload, binary);
  }
  // Returns whether it let something go out that was held for it.
  bool pong(Connection& from, std::string_view payload) { return delivery_.pong(from, payload); }
  // The transport is gone, or is about to close for the connection's `closing`: delivers the last
  // events. The connection is not to be touched any more.
  void gone(Connection& connection, uint16_t code, std::string_view reason);

  void run_inbox() { inbox_.run(*this); }
  void set_now(TimePoint now) noexcept { now_ = now; }
  [[nodiscard]] TimePoint now() const noexcept { return now_; }

  // --- In turn: whatever plugins cause must not overtake what they caused before ----------------

  // Runs `task` now if this is the loop thread and nothing waits in the inbox, else behind what
  // waits. False if the inbox is full.
  bool in_turn(Task task);
  // Runs `task` now on the loop thread, else through the inbox: for the host's own bookkeeping.
  void run_or_post(Task task);
  void say_in_turn(Connection& to, Flow flow, wire::Frame frame);
  void say_in_turn(Connection& to, Flow flow, wire::Opcode opcode, std::string_view head,
                   std::string_view body) {
    if (!inbox_.busy()) return delivery_.say(to, flow, opcode, head, body);
    say_in_turn(to, flow, wire::Frame::of(opcode, head, body));
  }
  void close_in_turn(Connection& connection, uint16_t code, std::string_view reason);

  // --- The parts -------------------------------------------------------------------------------

  [[nodiscard]] Connection* find(uint64_t handle) noexcept {
    const auto* slot = connections_.find(handle);
    return slot ? slot->get() : nullptr;
  }
  // Destroys the connection: its last events were handled.
  void forget(uint64_t handle);
  [[nodiscard]] LocalNamespace& local(Namespace& ns) noexcept { return ns.local(index_); }
  template <class Visit>
  void each_connection(Visit visit) {
    connections_.each([&](auto& connection) { visit(*connection); });
  }
  [[nodiscard]] std::size_t connection_count() const noexcept { return connections_.used(); }

  // Runs `use` under the lock that all changes of connections, memberships, rooms, ids and
  // connection stores are made under. Any thread may read so; only the loop thread changes things,
  // except the connection stores.
  template <class Use>
  auto with_registry(Use use) {
    const report::MutexLock lock(registry_);
    return use();
  }

  [[nodiscard]] Router& router() noexcept { return router_; }
  [[nodiscard]] uint8_t index() const noexcept { return index_; }
  [[nodiscard]] Inbox& inbox() noexcept { return inbox_; }
  [[nodiscard]] Deadlines& deadlines() noexcept { return deadlines_; }
  [[nodiscard]] Counters& counters() noexcept { return counters_; }
  [[nodiscard]] const Counters& counters() const noexcept { return counters_; }
  [[nodiscard]] Delivery& delivery() noexcept { return delivery_; }
  [[nodiscard]] Calls& calls() noexcept { return calls_; }
  [[nodiscard]] Asks& asks() noexcept { return asks_; }
  [[nodiscard]] Lifecycle& lifecycle() noexcept { return lifecycle_; }
  [[nodiscard]] const Limits& limits() const noexcept { return limits_; }
  [[nodiscard]] report::Log& log() noexcept;

 private:
  Router& router_;
  const Limits& limits_;
  const uint8_t index_;
  TimePoint now_ = Clock::now();
  report::Mutex registry_;  // guards no member for clang: the loop thread reads without it
  Counters counters_;
  Deadlines deadlines_;
  Inbox inbox_;
  Slots<std::unique_ptr<Connection>> connections_;
  Delivery delivery_;
  Calls calls_;
  Asks asks_;
  Lifecycle lifecycle_;
  Messages messages_;
};

}  // namespace stoa::routing
