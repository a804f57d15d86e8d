#include "routing/router.h"

#include <algorithm>

#include "routing/audience.h"

namespace stoa::routing {

Router::Router(const Limits& limits, uint8_t workers, report::Log& log)
    : log_(log), limits_(limits) {
  namespaces_.reserve(Limits::kMaxNamespaces);
  for (uint8_t i = 0; i < workers; ++i) shards_.push_back(std::make_unique<Shard>(*this, i));
}

Router::~Router() {
  // destroy() may still call the host: every part must be there until the last instance is gone.
  retire();
}

void Router::retire() {
  for (const auto& ns : namespaces_) ns->retire();
}

bool Router::is_left_to_somebody() {
  const auto all = versions();
  return std::ranges::any_of(all, [](const auto& version) { return version->stuck(); });
}

Namespace* Router::find(std::string_view name) noexcept {
  for (const auto& ns : namespaces()) {
    if (ns->name() == name) return ns->is_open() ? ns.get() : nullptr;
  }
  return nullptr;
}

Flow Router::flow(std::string_view name) const noexcept {
  for (const auto& ns : namespaces()) {
    if (ns->name() == name) return ns->flow();
  }
  return Flow::kConnection;
}

Namespace* Router::add(const std::string& name) {
  for (const auto& ns : namespaces_) {
    if (ns->name() == name) return ns.get();
  }
  if (namespaces_.size() == Limits::kMaxNamespaces) return nullptr;
  namespaces_.push_back(std::make_unique<Namespace>(*this, name, namespaces_.size()));
  namespace_count_.store(namespaces_.size(), std::memory_order_release);
  return namespaces_.back().get();
}

void Router::enlist(const std::shared_ptr<Version>& version) {
  const report::MutexLock lock(versions_mutex_);
  std::erase_if(versions_, [](const std::weak_ptr<Version>& one) { return one.expired(); });
  versions_.push_back(version);
}

std::vector<std::shared_ptr<Version>> Router::versions() {
  std::vector<std::shared_ptr<Version>> all;
  const report::MutexLock lock(versions_mutex_);
  all.reserve(versions_.size());
  for (const std::weak_ptr<Version>& one : versions_) {
    if (auto version = one.lock()) all.push_back(std::move(version));
  }
  return all;
}

void Router::limits_changed() noexcept {
  std::size_t most = 0;
  for (const auto& ns : namespaces()) most = std::max(most, ns->max_message_bytes());
  max_message_bytes_.store(most, std::memory_order_relaxed);
}

int32_t Router::deliver_everywhere(const Audience& audience, const wire::Frame& frame,
                                   const Counted& counted) {
  int32_t result = STOA_OK;
  for (const auto& shard : shards_) {
    if (!counted && audience.ns->local(shard->index()).empty()) continue;
    if (shard->on_loop_thread() && !shard->inbox().busy()) {
      const std::size_t reached = shard->delivery().deliver(audience, frame);
      if (counted) counted(*shard, reached);
      continue;
    }
    auto say = [owned = OwnedAudience(audience), frame, counted](Shard& there) {
      const std::size_t reached = there.delivery().deliver(owned.view(), frame);
      if (counted) counted(there, reached);
    };
    const bool put = shard->inbox().put(std::move(say), frame.bytes().size());
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
    shard.delivery().say(*to, audience.ns->flow(), frame);
    return to->is_closing() ? STOA_ERR_LIMIT : STOA_OK;
  }
  const int32_t found = with_connection(audience.connection, [&](const Connection& to) -> int32_t {
    if (to.gone) return STOA_ERR_STALE;
    const Membership* const member = to.membership(audience.ns->name());
    const bool there =
        member && member->connected() && (audience.room.empty() || member->room(audience.room));
    return there ? STOA_OK : STOA_ERR_NOT_FOUND;
  });
  if (found != STOA_OK) return found;
  auto say = [owned = OwnedAudience(audience), frame](Shard& there) {
    there.delivery().deliver(owned.view(), frame);
  };
  const bool put = shard.inbox().put(std::move(say), frame.bytes().size());
  return put ? STOA_OK : STOA_ERR_LIMIT;
}

bool Router::is_here(uint64_t connection) {
  Shard& shard = *shards_[Handle::of(connection).worker];
  if (shard.on_loop_thread()) return shard.find(connection) != nullptr;
  return shard.with_registry([&] { return shard.find(connection) != nullptr; });
}

Asks::Then Router::teller(Version& asker, Shard& shard, uint64_t cookie) {
  if (cookie == 0) return [](const AskResult&) {};
  const auto errand = std::make_shared<Version::Errand>(asker);
  return [errand, &shard, cookie](const AskResult& result) {
    Version& version = errand->version();
    if (version.begun(shard)) return tell_answer(shard, version, cookie, result);
    version.once_begun(shard, [errand, cookie, result](Shard& there) {
      tell_answer(there, errand->version(), cookie, result);
    });
  };
}

void Router::tell_answer(Shard& shard, Version& version, uint64_t cookie, const AskResult& result) {
  stoa_event event = make_event(STOA_EVENT_ANSWER, STOA_BY_CLIENT, result.connection);
  event.cookie = cookie;
  event.status = result.status;
  event.flags = (result.binary ? STOA_EVENT_BINARY : 0) | (result.last ? STOA_EVENT_LAST : 0);
  event.body = as_bytes(result.body);
  shard.calls().tell(version, event);
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
  if (!is_here(connection)) return STOA_ERR_STALE;
  // Always through the inbox: what an act sets off calls plugins, and this may run inside one.
  const bool put = shard.inbox().put([connection, then, act = std::move(act)](Shard& there) {
    Connection* it = there.find(connection);
    if (!it || it->gone) return then({.status = STOA_ERR_CLOSED, .connection = connection});
    act(there, *it);
  });
  return put ? STOA_OK : STOA_ERR_LIMIT;
}

int32_t Router::ask(Version& version, const stoa_target& target, const stoa_message& message,
                    uint32_t mode, std::chrono::milliseconds timeout, uint64_t cookie) {
  if (native_only_) return STOA_ERR_STATE;
  if (cookie != 0 && !version.may_begin_more()) return STOA_ERR_LIMIT;
  Namespace& ns = version.ns();
  const Audience audience = audience_of(ns, target);
  const bool binary = (message.flags & STOA_MESSAGE_BINARY) != 0;
  Shard& asker = Shard::current() ? *Shard::current() : home(ns);
  if (audience.connection != 0) {
    const Handle handle = Handle::of(audience.connection);
    if (handle.worker >= shards_.size()) return STOA_ERR_STALE;
    Shard& there = *shards_[handle.worker];
    Asks::Then then = teller(version, there, cookie);
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
                 shard.asks().ask(to, ns.flow(),
                                  {.ns = ns.name(), .room = room, .event = event, .body = body},
                                  binary, timeout, then);
               });
  }
  const bool put = asker.inbox().put([&ns, asked = version.shared_from_this(), mode, binary,
                                      timeout, cookie, owned = OwnedAudience(audience),
                                      event = std::string(as_view(message.event)),
                                      body = std::string(as_view(message.body))](Shard& shard) {
    const Asks::Then then = teller(*asked, shard, cookie);
    if (shard.asks().full()) return then({.status = STOA_ERR_LIMIT, .last = true});
    const Audience to = owned.view();
    shard.asks().ask_group(to, {.ns = ns.name(), .room = to.room, .event = event, .body = body},
                           binary, mode, timeout, then);
  });
  return put ? STOA_OK : STOA_ERR_LIMIT;
}

int32_t Router::act(Version& asker, uint64_t connection, uint64_t cookie, Namespace& ns,
                    uint32_t kind, std::string_view room) {
  if (native_only_) return STOA_ERR_STATE;
  if (cookie != 0 && !asker.may_begin_more()) return STOA_ERR_LIMIT;
  const Handle handle = Handle::of(connection);
  if (handle.worker >= shards_.size()) return STOA_ERR_STALE;
  const Asks::Then then = teller(asker, *shards_[handle.worker], cookie);
  return act(connection, then,
             [&ns, then, kind, name = std::string(room)](Shard& shard, Connection& it) {
               shard.lifecycle().act(it, ns, kind, name, then);
             });
}

int32_t Router::connect(Version& asker, uint64_t connection, Namespace& ns, uint64_t cookie) {
  return act(asker, connection, cookie, ns, STOA_EVENT_CONNECT);
}

int32_t Router::disconnect(Version& asker, uint64_t connection, Namespace& ns, uint64_t cookie) {
  return act(asker, connection, cookie, ns, STOA_EVENT_DISCONNECT);
}

int32_t Router::disconnect_all(Version& asker, uint64_t connection, uint64_t cookie) {
  if (native_only_) return STOA_ERR_STATE;
  if (cookie != 0 && !asker.may_begin_more()) return STOA_ERR_LIMIT;
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

int32_t Router::join(Version& asker, uint64_t connection, std::string_view room, uint64_t cookie) {
  return act(asker, connection, cookie, asker.ns(), STOA_EVENT_ROOM_JOIN, room);
}

int32_t Router::leave(Version& asker, uint64_t connection, std::string_view room, uint64_t cookie) {
  return act(asker, connection, cookie, asker.ns(), STOA_EVENT_ROOM_LEAVE, room);
}

int32_t Router::close(uint64_t connection, uint16_t code, std::string_view reason) {
  const Handle handle = Handle::of(connection);
  if (handle.worker >= shards_.size()) return STOA_ERR_STALE;
  Shard& shard = *shards_[handle.worker];
  if (!is_here(connection)) return STOA_ERR_STALE;
  const bool done = shard.in_turn([connection, code, text = std::string(reason)](Shard& there) {
    if (Connection* it = there.find(connection)) there.delivery().close(*it, code, text);
  });
  return done ? STOA_OK : STOA_ERR_LIMIT;
}

int32_t Router::start_timer(Version& version, std::chrono::milliseconds delay,
                            std::chrono::milliseconds period, uint64_t cookie, uint64_t& timer) {
  timer = version.add_timer();
  if (timer == 0) return STOA_ERR_LIMIT;
  const TimePoint due = Clock::now() + delay;
  const bool put =
      home(version.ns())
          .inbox()
          .put([this, version = version.shared_from_this(), id = timer, due, period,
                cookie](Shard& shard) { run_timer(shard, version, id, due, period, cookie); });
  if (put) return STOA_OK;
  static_cast<void>(version.remove_timer(timer));
  return STOA_ERR_LIMIT;
}

int32_t Router::stop_timer(Version& version, uint64_t timer) {
  if (!version.remove_timer(timer)) return STOA_ERR_STALE;
  home(version.ns()).run_or_post([version = version.shared_from_this(), timer](Shard& shard) {
    const auto due = version->timers_due().find(timer);
    if (due == version->timers_due().end()) return;
    shard.deadlines().remove(due->second);
    version->timers_due().erase(due);
  });
  return STOA_OK;
}

void Router::run_timer(Shard& shard, const std::shared_ptr<Version>& version, uint64_t timer,
                       TimePoint due, std::chrono::milliseconds period, uint64_t cookie) {
  if (version->ended() || !version->timer_live(timer)) return;
  const auto fire = [this, &shard, version, timer, due, period, cookie] {
    const bool repeats = period.count() > 0;
    stoa_event event = make_event(STOA_EVENT_TIMER, STOA_BY_HOST, 0);
    event.cookie = cookie;
    const auto go_on = [this, &shard, version, timer, due, period, cookie] {
      if (period.count() == 0) return;
      // Who was held up does not make up for the beats that were missed.
      const TimePoint next = due + period;
      const TimePoint now = Clock::now();
      run_timer(shard, version, timer, next > now ? next : now + period, period, cookie);
    };
    // Looked at when the plugin's turn has come: until then a handler may stop it.
    shard.calls().beat(*version, event, timer, repeats, go_on);
  };
  version->timers_due()[timer] = shard.deadlines().add(due, [&shard, version, timer, fire] {
    version->timers_due().erase(timer);
    version->once_begun(shard, [fire](Shard&) { fire(); });
  });
}

int32_t Router::post(Version& version, uint64_t cookie) {
  if (!version.may_begin_more()) return STOA_ERR_LIMIT;
  version.posts() += 1;
  const bool put =
      home(version.ns()).inbox().put([version = version.shared_from_this(), cookie](Shard& shard) {
        version->once_begun(shard, [&its = *version, cookie](Shard& there) {
          its.posts() -= 1;
          stoa_event event = make_event(STOA_EVENT_POSTED, STOA_BY_PLUGIN, 0);
          event.cookie = cookie;
          there.calls().tell(its, event);
        });
      });
  if (!put) version.posts() -= 1;
  return put ? STOA_OK : STOA_ERR_LIMIT;
}

std::vector<uint64_t> Router::members(Namespace& ns, std::string_view room) {
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
