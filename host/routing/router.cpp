#include "routing/router.h"

#include <algorithm>

#include "routing/audience.h"

namespace stoa::routing {
Router::Router(const manifest::Manifest& manifest, uint8_t workers, report::Log& log) : log_(log) {
  const manifest::Server& server = manifest.server;
  limits_.namespaces_per_connection = server.max_namespaces_per_connection;
  limits_.rooms_per_connection = server.max_rooms_per_connection;
  limits_.send_queue_bytes = server.send_queue_bytes;
  limits_.ask_timeout = std::chrono::milliseconds(server.ask_timeout_ms);
  for (const manifest::Namespace& entry : manifest.namespaces) {
    const std::size_t bytes =
        entry.max_message_bytes != 0 ? entry.max_message_bytes : server.max_message_bytes;
    const std::chrono::milliseconds timeout(entry.ask_timeout_ms != 0 ? entry.ask_timeout_ms
                                                                      : server.ask_timeout_ms);
    max_message_bytes_ = std::max(max_message_bytes_, bytes);
    namespaces_.push_back(
        std::make_unique<Namespace>(*this, entry.name, namespaces_.size(), bytes, timeout));
  }
  member_counts_ = std::make_unique<std::atomic<uint32_t>[]>(namespaces_.size() * workers);
  for (uint8_t i = 0; i < workers; ++i) shards_.push_back(std::make_unique<Shard>(*this, i));

  // Last, because create() may call everything above.
  std::map<std::string, std::shared_ptr<const plugin::Library>> libraries;
  for (std::size_t i = 0; i < namespaces_.size(); ++i) {
    const manifest::Version& version = manifest.namespaces[i].versions.front();
    auto& library = libraries[version.plugin];
    if (!library) library = plugin::Library::load(manifest.plugins.directory, version.plugin);
    namespaces_[i]->serve_by(library, version.config_json, workers > 1);
  }
  native_only_ = namespaces_.size() == 1 && namespaces_.front()->name().empty() &&
                 namespaces_.front()->instance().native_only();
}

Router::~Router() {
  // destroy() may still call the host: every part must be there until the last instance is gone.
  for (const auto& ns : namespaces_) ns->retire();
}

Namespace* Router::find(std::string_view name) noexcept {
  const auto at = std::find_if(namespaces_.begin(), namespaces_.end(),
                               [name](const auto& ns) { return ns->name() == name; });
  return at == namespaces_.end() ? nullptr : at->get();
}

void Router::count_member(const Namespace& ns, uint8_t shard, int change) noexcept {
  member_counts_[ns.index() * shards_.size() + shard].fetch_add(static_cast<uint32_t>(change),
                                                                std::memory_order_release);
}

int32_t Router::deliver_everywhere(const Audience& audience, const wire::Frame& frame,
                                   const Counted& counted) {
  int32_t result = STOA_OK;
  for (const auto& shard : shards_) {
    const auto& count = member_counts_[audience.ns->index() * shards_.size() + shard->index()];
    if (!counted && count.load(std::memory_order_acquire) == 0) continue;
    if (shard->on_loop_thread() && !shard->inbox().busy()) {
      const std::size_t reached = shard->delivery().deliver(audience, frame);
      if (counted) counted(*shard, reached);
      continue;
    }
    const bool put =
        shard->inbox().put([owned = OwnedAudience(audience), frame, counted](Shard& there) {
          const std::size_t reached = there.delivery().deliver(owned.view(), frame);
          if (counted) counted(there, reached);
        });
    if (!put) result = STOA_ERR_LIMIT;
  }
  return result;
}

int32_t Router::emit(const Audience& audience, const wire::Frame& frame) {
  if (audience.connection == 0) return deliver_everywhere(audience, frame);
  const Handle handle = Handle::of(audience.connection);
  if (handle.worker >= shards_.size()) return STOA_ERR_STALE;
  Shard& shard = *shards_[handle.worker];
  if (shard.on_loop_thread() && !shard.inbox().busy()) {
    Connection* const to = shard.find(audience.connection);
    if (!to || to->is_closing()) return STOA_ERR_STALE;
    const Membership* member = to->membership(audience.ns->name());
    if (!member || !member->connected()) return STOA_ERR_NOT_FOUND;
    if (!audience.room.empty() && !member->room(audience.room)) return STOA_ERR_NOT_FOUND;
    shard.delivery().say(*to, frame);
    return to->is_closing() ? STOA_ERR_LIMIT : STOA_OK;
  }
  const bool put = shard.inbox().put([owned = OwnedAudience(audience), frame](Shard& there) {
    there.delivery().deliver(owned.view(), frame);
  });
  return put ? STOA_OK : STOA_ERR_LIMIT;
}

Asks::Then Router::teller(Namespace& ns, Shard& shard, uint64_t cookie) {
  if (cookie == 0) return [](const AskResult&) {};
  return [&ns, &shard, cookie](const AskResult& result) {
    stoa_event event = make_event(STOA_EVENT_ANSWER, STOA_BY_CLIENT, result.connection);
    event.cookie = cookie;
    event.status = result.status;
    event.flags = (result.binary ? STOA_EVENT_BINARY : 0) | (result.last ? STOA_EVENT_LAST : 0);
    event.body = as_bytes(result.body);
    shard.calls().tell(ns, event);
  };
}

// To an ask of all, one connection is a group of one: its answer, if it gave one, and the end.
Asks::Then Router::group_of_one(Asks::Then each) {
  return [each = std::move(each)](const AskResult& result) {
    const bool answered = result.status == STOA_OK || result.status == STOA_ERR_REMOTE;
    if (answered) each(result);
    each({.status = answered ? STOA_OK : result.status, .last = true});
  };
}

int32_t Router::act(uint64_t connection, const Asks::Then& then, Act act) {
  const Handle handle = Handle::of(connection);
  if (handle.worker >= shards_.size()) return STOA_ERR_STALE;
  Shard& shard = *shards_[handle.worker];
  if (shard.on_loop_thread() && !shard.find(connection)) return STOA_ERR_STALE;
  // Always through the inbox: what an act sets off calls plugins, and this may run inside one.
  const bool put = shard.inbox().put([connection, then, act = std::move(act)](Shard& there) {
    Connection* it = there.find(connection);
    if (!it || it->gone) return then({.status = STOA_ERR_CLOSED, .connection = connection});
    act(there, *it);
  });
  return put ? STOA_OK : STOA_ERR_LIMIT;
}

int32_t Router::ask(Namespace& ns, const stoa_target& target, const stoa_message& message,
                    uint32_t mode, std::chrono::milliseconds timeout, uint64_t cookie) {
  if (native_only_) return STOA_ERR_STATE;
  const Audience audience = audience_of(ns, target);
  const bool binary = (message.flags & STOA_MESSAGE_BINARY) != 0;
  Shard& asker = Shard::current() ? *Shard::current() : home(ns);
  if (audience.connection != 0) {
    const Handle handle = Handle::of(audience.connection);
    if (handle.worker >= shards_.size()) return STOA_ERR_STALE;
    Shard& there = *shards_[handle.worker];
    Asks::Then then = teller(ns, there, cookie);
    if (mode == STOA_ASK_ALL) then = group_of_one(std::move(then));
    return act(audience.connection, then,
               [&ns, then, binary, timeout, room = std::string(audience.room),
                event = std::string(as_view(message.event)),
                body = std::string(as_view(message.body))](Shard& shard, Connection& to) {
                 const Membership* member = to.membership(ns.name());
                 const bool in_place = member && member->connected() &&
                                       (room.empty() || member->room(room)) && !to.is_closing();
                 if (!in_place || shard.asks().full()) {
                   return then({.status = in_place ? STOA_ERR_LIMIT : STOA_ERR_NOT_FOUND,
                                .connection = to.handle()});
                 }
                 shard.asks().ask(to, {.ns = ns.name(), .room = room, .event = event, .body = body},
                                  binary, timeout, then);
               });
  }
  const bool put =
      asker.inbox().put([&ns, mode, binary, timeout, cookie, owned = OwnedAudience(audience),
                         event = std::string(as_view(message.event)),
                         body = std::string(as_view(message.body))](Shard& shard) {
        const Asks::Then then = teller(ns, shard, cookie);
        if (shard.asks().full()) return then({.status = STOA_ERR_LIMIT, .last = true});
        const Audience to = owned.view();
        shard.asks().ask_group(to, {.ns = ns.name(), .room = to.room, .event = event, .body = body},
                               binary, mode, timeout, then);
      });
  return put ? STOA_OK : STOA_ERR_LIMIT;
}

int32_t Router::connect(Namespace& asker, uint64_t connection, Namespace& ns, uint64_t cookie) {
  if (native_only_) return STOA_ERR_STATE;
  const Handle handle = Handle::of(connection);
  if (handle.worker >= shards_.size()) return STOA_ERR_STALE;
  const Asks::Then then = teller(asker, *shards_[handle.worker], cookie);
  return act(connection, then, [&ns, then](Shard& shard, Connection& it) {
    shard.lifecycle().act(it, ns, STOA_EVENT_CONNECT, {}, then);
  });
}

int32_t Router::disconnect(Namespace& asker, uint64_t connection, Namespace& ns, uint64_t cookie) {
  if (native_only_) return STOA_ERR_STATE;
  const Handle handle = Handle::of(connection);
  if (handle.worker >= shards_.size()) return STOA_ERR_STALE;
  const Asks::Then then = teller(asker, *shards_[handle.worker], cookie);
  return act(connection, then, [&ns, then](Shard& shard, Connection& it) {
    shard.lifecycle().act(it, ns, STOA_EVENT_DISCONNECT, {}, then);
  });
}

int32_t Router::disconnect_all(Namespace& asker, uint64_t connection, uint64_t cookie) {
  if (native_only_) return STOA_ERR_STATE;
  const Handle handle = Handle::of(connection);
  if (handle.worker >= shards_.size()) return STOA_ERR_STALE;
  const Asks::Then then = teller(asker, *shards_[handle.worker], cookie);
  return act(connection, then, [then](Shard& shard, Connection& it) {
    std::vector<Namespace*> left;
    for (const auto& member : it.memberships) left.push_back(&member->ns);
    if (left.empty()) return then({.connection = it.handle()});
    // One word when the last of them is done; the first failure is what it says.
    const auto waiting = std::make_shared<std::pair<std::size_t, AskResult>>(
        left.size(), AskResult{.connection = it.handle()});
    for (Namespace* ns : left) {
      shard.lifecycle().act(it, *ns, STOA_EVENT_DISCONNECT, {},
                            [waiting, then](const AskResult& result) {
                              if (waiting->second.status == STOA_OK) waiting->second = result;
                              if (--waiting->first == 0) then(waiting->second);
                            });
    }
  });
}

int32_t Router::join(Namespace& ns, uint64_t connection, std::string_view room, uint64_t cookie) {
  if (native_only_) return STOA_ERR_STATE;
  const Handle handle = Handle::of(connection);
  if (handle.worker >= shards_.size()) return STOA_ERR_STALE;
  const Asks::Then then = teller(ns, *shards_[handle.worker], cookie);
  return act(connection, then, [&ns, then, name = std::string(room)](Shard& shard, Connection& it) {
    shard.lifecycle().act(it, ns, STOA_EVENT_ROOM_JOIN, name, then);
  });
}

int32_t Router::leave(Namespace& ns, uint64_t connection, std::string_view room, uint64_t cookie) {
  if (native_only_) return STOA_ERR_STATE;
  const Handle handle = Handle::of(connection);
  if (handle.worker >= shards_.size()) return STOA_ERR_STALE;
  const Asks::Then then = teller(ns, *shards_[handle.worker], cookie);
  return act(connection, then, [&ns, then, name = std::string(room)](Shard& shard, Connection& it) {
    shard.lifecycle().act(it, ns, STOA_EVENT_ROOM_LEAVE, name, then);
  });
}

int32_t Router::close(uint64_t connection, uint16_t code, std::string_view reason) {
  const Handle handle = Handle::of(connection);
  if (handle.worker >= shards_.size()) return STOA_ERR_STALE;
  Shard& shard = *shards_[handle.worker];
  if (shard.on_loop_thread() && !shard.find(connection)) return STOA_ERR_STALE;
  const bool done = shard.in_turn([connection, code, text = std::string(reason)](Shard& there) {
    if (Connection* it = there.find(connection)) there.delivery().close(*it, code, text);
  });
  return done ? STOA_OK : STOA_ERR_LIMIT;
}

int32_t Router::start_timer(Namespace& ns, std::chrono::milliseconds delay,
                            std::chrono::milliseconds period, uint64_t cookie, uint64_t& timer) {
  timer = ns.add_timer();
  if (timer == 0) return STOA_ERR_LIMIT;
  const TimePoint due = Clock::now() + delay;
  const bool put = home(ns).inbox().put([this, &ns, id = timer, due, period, cookie](Shard& shard) {
    run_timer(shard, ns, id, due, period, cookie);
  });
  if (put) return STOA_OK;
  static_cast<void>(ns.remove_timer(timer));
  return STOA_ERR_LIMIT;
}

int32_t Router::stop_timer(Namespace& ns, uint64_t timer) {
  if (!ns.remove_timer(timer)) return STOA_ERR_STALE;
  home(ns).run_or_post([&ns, timer](Shard& shard) {
    const auto due = ns.timers_due().find(timer);
    if (due == ns.timers_due().end()) return;
    shard.deadlines().remove(due->second);
    ns.timers_due().erase(due);
  });
  return STOA_OK;
}

void Router::run_timer(Shard& shard, Namespace& ns, uint64_t timer, TimePoint due,
                       std::chrono::milliseconds period, uint64_t cookie) {
  if (!ns.timer_live(timer)) return;
  const auto fire = [this, &shard, &ns, timer, due, period, cookie] {
    ns.timers_due().erase(timer);
    const bool repeats = period.count() > 0;
    stoa_event event = make_event(STOA_EVENT_TIMER, STOA_BY_HOST, 0);
    event.cookie = cookie;
    // Looked at when the plugin's turn has come: until then a handler may stop it.
    shard.calls().tell_if([&] { return repeats ? ns.timer_live(timer) : ns.remove_timer(timer); },
                          ns, event);
    if (!repeats) return;
    // A loop that was held up does not make up for the beats it missed.
    const TimePoint next = due + period;
    const TimePoint now = Clock::now();
    run_timer(shard, ns, timer, next > now ? next : now + period, period, cookie);
  };
  ns.timers_due()[timer] = shard.deadlines().add(due, fire);
}

int32_t Router::post(Namespace& ns, uint64_t cookie) {
  const bool put = home(ns).inbox().put([&ns, cookie](Shard& shard) {
    stoa_event event = make_event(STOA_EVENT_POSTED, STOA_BY_PLUGIN, 0);
    event.cookie = cookie;
    shard.calls().tell(ns, event);
  });
  return put ? STOA_OK : STOA_ERR_LIMIT;
}

std::vector<uint64_t> Router::members(const Namespace& ns, std::string_view room) {
  std::vector<uint64_t> all;
  for (const auto& shard : shards_) {
    shard->with_registry([&] {
      const LocalNamespace& local = shard->local(ns);
      const Room* const in = room.empty() ? nullptr : local.room(room);
      if (!room.empty() && !in) return;
      for (const Membership* member : in ? in->members : local.members()) {
        all.push_back(member->connection.handle());
      }
    });
  }
  return all;
}

}  // namespace stoa::routing
