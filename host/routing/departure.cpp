#include "routing/departure.h"

#include <algorithm>
#include <utility>

#include "routing/attachment.h"
#include "routing/lane.h"
#include "routing/router.h"
#include "routing/shard.h"

namespace stoa::routing {
namespace {

// So many members depart before the loop looks at its sockets again.
constexpr std::size_t kAtATime = 64;
constexpr uint16_t kServiceRestart = 1012;

stoa_event event_of(uint32_t kind, const Membership& member) {
  return make_event(kind, STOA_BY_HOST, member.connection.handle());
}

// Runs `task` on every shard, and `done` behind the last of them.
void on_every_shard(Router& router, const Task& task, const std::function<void()>& done) {
  const auto left = std::make_shared<std::atomic<std::size_t>>(router.shards().size());
  for (const auto& shard : router.shards()) {
    shard->inbox().insist([task, done, left](Shard& there) {
      task(there);
      if (left->fetch_sub(1) == 1 && done) done();
    });
  }
}

}  // namespace

Departure::Departure(std::shared_ptr<Version> from, Ways ways)
    : from_(std::move(from)),
      ways_(ways),
      begun_(from_->router().shards().size()),
      full_(begun_.size()),
      shards_to_go_(begun_.size()) {}

Departure::Undecided::Undecided(std::shared_ptr<Departure> departure)
    : departure_(std::move(departure)) {
  ++departure_->undecided_;
}

Departure::Undecided::~Undecided() {
  if (--departure_->undecided_ == 0) departure_->from_->router().bell().ring();
}

std::string Departure::refusal() {
  const report::MutexLock lock(refusal_mutex_);
  return refusal_;
}

std::vector<Departure::Traveller> Departure::members_on(Shard& shard) {
  std::vector<Traveller> found;
  shard.each_connection([&](Connection& connection) {
    for (const auto& member : connection.memberships) {
      if (member->version == from_.get()) found.push_back({connection.handle(), member->number});
    }
  });
  return found;
}

Membership* Departure::find(Shard& shard, const Traveller& who) const {
  Connection* const connection = shard.find(who.connection);
  if (!connection || connection->is_closing()) return nullptr;
  const auto at = std::ranges::find(connection->memberships, who.membership,
                                    [](const auto& member) { return member->number; });
  return at == connection->memberships.end() ? nullptr : at->get();
}

void Departure::hold_all(const std::function<void()>& done) {
  on_every_shard(
      from_->router(), [self = shared_from_this()](Shard& shard) { self->hold_on(shard); }, done);
}

void Departure::hold_on(Shard& shard) {
  for (const Traveller& who : members_on(shard)) {
    Membership* const member = find(shard, who);
    if (!member) continue;
    if (!member->connected() || member->blocked != 0) {
      if (!member->departure) member->departure = shared_from_this();
      continue;
    }
    // Also if an act is under way: it departs later, but is not heard until then.
    member->held_to_depart = true;
    shard.lifecycle().hold_to_depart(*member);
  }
}

void Departure::call_off() {
  off_ = true;
  release();
}

void Departure::release() {
  on_every_shard(
      from_->router(),
      [self = shared_from_this()](Shard& shard) {
        for (const Traveller& who : self->members_on(shard)) {
          Membership* const member = self->find(shard, who);
          if (!member) continue;
          if (member->departure == self) member->departure = nullptr;
          if (std::exchange(member->held_to_depart, false)) shard.lifecycle().let_go(*member);
        }
      },
      nullptr);
}

void Departure::begin() {
  on_every_shard(
      from_->router(),
      [self = shared_from_this()](Shard& shard) { self->go(shard, self->members_on(shard)); },
      [self = shared_from_this()] {
        self->under_way_ = true;
        self->from_->router().bell().ring();
      });
}

void Departure::go(Shard& shard, std::vector<Traveller> left) {
  begun_[shard.index()] = 1;
  const std::shared_ptr<Version>& full = full_[shard.index()];
  for (std::size_t i = 0; i < kAtATime && !left.empty() && !full; ++i) {
    Membership* const member = find(shard, left.back());
    left.pop_back();
    if (!member) continue;
    if (member->held_to_depart && member->acting == 0) {
      member->held_to_depart = false;
      depart(shard, *member);
    } else if (member->idle()) {
      shard.lifecycle().hold_to_depart(*member);
      depart(shard, *member);
    } else {
      member->departure = shared_from_this();
    }
  }
  if (!left.empty()) return go_on(shard, std::move(left));
  if (shards_to_go_.fetch_sub(1) == 1) from_->router().bell().ring();
}

// In another turn: once those who came to a lane that was full are through it.
void Departure::go_on(Shard& shard, std::vector<Traveller> left) {
  const auto next = [self = shared_from_this(), &shard, left = std::move(left)] {
    shard.inbox().insist([self, left](Shard& there) { self->go(there, left); });
  };
  const auto full = std::exchange(full_[shard.index()], nullptr);
  full ? shard.calls().behind(*full, next) : next();
}

void Departure::depart(Shard& shard, Membership& member) {
  Version* const to = member.ns.split()->choose(member.ns.name(), member.connection.facts);
  // It is on its way out, or in its turn the rollout was taken back, or it has departed already.
  const bool over = off_ || member.leaving() || member.version != from_.get();
  // Whoever stays is not heard as long as the version hands over what it keeps for all.
  const bool stays = to == from_.get();
  if (over || (stays && to->ready())) return shard.lifecycle().let_go(member);
  if (begun_[shard.index()] == 0) {
    member.held_to_depart = true;
    return;
  }
  if (!to || (!ways_.move && !stays)) return reconnect(shard, member);
  const Traveller who{member.connection.handle(), member.number};
  if (!to->ready()) {
    return wait_for(shard, *to, who, [self = shared_from_this(), &shard](Membership& ready) {
      self->depart(shard, ready);
    });
  }
  const bool takes_over = to->wants().handles(STOA_EVENT_IMPORT) || attaches_to(*to);
  if (to->tracks_members() && !takes_over) {
    return refused(shard, member, "the next version tracks its members and imports none");
  }
  shard.calls().decide(
      *from_, event_of(STOA_EVENT_EXPORT, member),
      [self = shared_from_this(), &shard, who,
       asking = std::make_shared<const Undecided>(shared_from_this())](const Outcome& outcome) {
        self->exported(shard, who, outcome, asking);
      });
}

// It is told by an event of its own that the member is there.
bool Departure::attaches_to(const Version& to) const noexcept {
  return from_->failed() && to.wants().handles(STOA_EVENT_ATTACH);
}

// Until it has what its namespace keeps for all, or was given up.
void Departure::wait_for(Shard& shard, Version& to, const Traveller& who,
                         std::function<void(Membership&)> then) {
  shard.local(to.ns()).newcomers().push_back(
      [self = shared_from_this(), who, then = std::move(then)](Shard& there) {
        if (Membership* const member = self->find(there, who)) then(*member);
      });
}

void Departure::exported(Shard& shard, const Traveller& who, const Outcome& outcome,
                         const Asking& asking) {
  Membership* const member = find(shard, who);
  if (!member) return;
  // One that failed hands nothing over.
  if (outcome.denied() && !from_->failed()) return refused(shard, *member, outcome.body);
  if (outcome.body.size() > Limits::kMaxMemberState) {
    return refused(shard, *member, "it exported more than 16 MiB");
  }
  const bool something = outcome.kind == STOA_ANSWER_REPLY;
  const uint32_t schema = something ? std::max(outcome.code, 1U) : 0;
  Version* const to = member->ns.split()->choose(member->ns.name(), member->connection.facts);
  if (!to) return reconnect(shard, *member);
  if (!to->ready()) {
    return wait_for(shard, *to, who,
                    [self = shared_from_this(), &shard, who, outcome, asking](Membership&) {
                      self->exported(shard, who, outcome, asking);
                    });
  }
  if (to == from_.get()) return shard.lifecycle().let_go(*member);
  if (schema != 0 && !to->wants().handles(STOA_EVENT_IMPORT)) {
    return refused(shard, *member, "the next version does not import what this one exported");
  }
  if (schema == 0 && attaches_to(*to)) return attach(shard, *member, *to, asking);
  stoa_event event = event_of(STOA_EVENT_IMPORT, *member);
  event.cookie = schema;
  event.body = as_bytes(something ? outcome.body : std::string_view());
  offer(shard, *member, *to, event, asking);
}

void Departure::attach(Shard& shard, Membership& member, Version& to, const Asking& asking) {
  // The store may be made at this moment, by whatever thread.
  const std::string known =
      shard.with_registry([&] { return attachment(member, member.connection.store.get()); });
  stoa_event event = event_of(STOA_EVENT_ATTACH, member);
  event.body = as_bytes(known);
  offer(shard, member, to, event, asking);
}

void Departure::offer(Shard& shard, Membership& member, Version& to, const stoa_event& event,
                      const Asking& asking) {
  const Traveller who{member.connection.handle(), member.number};
  member.importer = to.shared_from_this();
  shard.calls().decide(to, event,
                       [self = shared_from_this(), to = to.shared_from_this(), &shard, who, asking](
                           const Outcome& outcome) { self->imported(shard, who, *to, outcome); });
  if (to.lane() && to.lane()->is_full()) full_[shard.index()] = to.shared_from_this();
}

void Departure::imported(Shard& shard, const Traveller& who, Version& to, const Outcome& outcome) {
  Membership* const member = find(shard, who);
  const bool refuses = outcome.denied() && !outcome.unanswered;
  // Of one that is closing it hears when that is gone, if it took it over.
  if (!member && refuses) forget_importer(shard, who);
  if (!member) return;
  member->importer = nullptr;
  // It may still take it over, too late.
  if (outcome.unanswered) shard.lifecycle().withdraw(*member, to);
  // One whose process failed meanwhile does not refuse: the member moves on with the others that it
  // has, to the next one.
  const bool too_late = (outcome.unanswered || to.ended()) && !to.failed();
  if (refuses || too_late) return refused(shard, *member, outcome.body);
  ++moved_;  // first: whoever waits for the last member to go looks at it then
  // Nor does the version end with its last member before it was told.
  const Version::Errand until_told(*from_);
  member->pass_to(to);
  member->travels = false;
  shard.calls().tell(*from_, event_of(STOA_EVENT_EXPORTED, *member));
  const auto judged = [&shard](Membership& waited) { judge(shard, waited); };
  // Also those that come to it wait while it hands over what it keeps for all.
  if (member->ns.split()->serves(to)) {
    return to.ready() ? judged(*member) : wait_for(shard, to, who, judged);
  }
  // That one goes as well by now, and its own departure may have passed: this one is sent after it.
  member->held_to_depart = member->travels = true;
  std::make_shared<Departure>(to.shared_from_this(), Ways{.move = ways_.move})->go(shard, {who});
}

void Departure::forget_importer(Shard& shard, const Traveller& who) {
  Connection* const connection = shard.find(who.connection);
  if (!connection) return;
  for (const auto& member : connection->memberships) {
    if (member->number == who.membership) member->importer = nullptr;
  }
}

void Departure::refused(Shard& shard, Membership& member, std::string_view why) {
  {
    const report::MutexLock lock(refusal_mutex_);
    if (refusal_.empty()) refusal_ = why;
  }
  if (ways_.stay) return shard.lifecycle().let_go(member);
  reconnect(shard, member);
}

// The client is asked to leave and to come back. One that does not want to is out: its version goes
// either way.
void Departure::reconnect(Shard& shard, Membership& member) {
  Connection& connection = member.connection;
  Namespace& ns = member.ns;
  const uint64_t handle = connection.handle();
  const Traveller who{handle, member.number};
  shard.lifecycle().let_go(member);
  if (connection.is_closing()) return;
  // Among what it said meanwhile may have been that it leaves, or something that is not decided
  // yet.
  Membership* const left = find(shard, who);
  if (!left) return;
  if (!left->idle()) {
    left->departure = shared_from_this();
    return;
  }
  if (shard.router().native_only()) {
    // Its clients know of no namespaces: it dials again, as after a restart.
    ++reconnected_;
    return shard.delivery().close(connection, kServiceRestart, "the server's plugin was replaced");
  }
  const char* const why = ns.is_open() ? "" : "the namespace was removed";
  const auto back = [self = shared_from_this()](const AskResult& result) {
    ++(result.status == STOA_OK ? self->reconnected_ : self->expelled_);
  };
  const auto out = [back, &shard, &ns, handle](const AskResult&) {
    Connection* const it = shard.find(handle);
    if (!it || it->is_closing()) return;
    if (!ns.is_open()) return back({.status = STOA_ERR_NOT_FOUND});
    shard.lifecycle().bring_back(*it, ns, back);
  };
  shard.lifecycle().expel(connection, ns, why, out);
}

void judge(Shard& shard, Membership& member) {
  const uint64_t handle = member.connection.handle();
  shard.calls().decide(
      *member.version, event_of(STOA_EVENT_JUDGE, member),
      [&shard, &ns = member.ns, handle, number = member.number](const Outcome& outcome) {
        Connection* const it = shard.find(handle);
        Membership* const judged = it && !it->is_closing() ? it->membership(ns.name()) : nullptr;
        if (!judged || judged->number != number) return;
        // A plugin that takes its time puts nobody out.
        const bool stays = !outcome.denied() || outcome.unanswered;
        if (stays) return shard.lifecycle().let_go(*judged);
        shard.lifecycle().turn_away(*judged);
        shard.lifecycle().expel(*it, ns, outcome.body, [](const AskResult&) {});
      });
}

void judge_members(const std::shared_ptr<Version>& version) {
  if (!version->wants().handles(STOA_EVENT_JUDGE)) return;
  on_every_shard(
      version->router(),
      [version](Shard& shard) {
        std::vector<uint64_t> handles;
        shard.each_connection(
            [&](const Connection& connection) { handles.push_back(connection.handle()); });
        for (const uint64_t handle : handles) {
          Connection* const connection = shard.find(handle);
          Membership* const member =
              connection ? connection->membership(version->ns().name()) : nullptr;
          if (!member || member->version != version.get()) continue;
          member->unjudged = !member->connected();
          if (member->unjudged) continue;
          shard.lifecycle().hold(*member);
          judge(shard, *member);
        }
      },
      nullptr);
}

}  // namespace stoa::routing
