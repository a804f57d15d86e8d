#include "rollout/transition.h"

#include <algorithm>
#include <utility>

#include "plugin/rehearsal.h"
#include "report/startup_error.h"
#include "rollout/chore.h"
#include "rollout/refused.h"
#include "rollout/seeing_off.h"
#include "routing/calls.h"
#include "routing/shard.h"

namespace stoa::rollout {
namespace {

using std::chrono::milliseconds;

std::string named(const routing::Namespace& ns, const manifest::Version& version,
                  const Build& build) {
  return "Namespace \"" + ns.name() + "\", version " + version.name + ": plugin " + build.plugin +
         " " + build.version;
}

// "version v2", or "the new v1" beside another one of that name.
std::string of(const routing::Version& version, const routing::Version& other) {
  if (version.name() != other.name()) return "version " + version.name();
  return (version.number() > other.number() ? "the new " : "the old ") + version.name();
}

// Never empty.
std::string reason(const routing::Outcome& denied) {
  return denied.body.empty() ? "it does not say why" : denied.body;
}

stoa_event whole(uint32_t kind) {
  return routing::make_event(kind, STOA_BY_HOST, 0);
}

}  // namespace

Transition::~Transition() {
  if (taken_) return;
  for (const Part& part : parts_) discard(part.staged);
}

void Transition::discard(const std::vector<VersionPtr>& staged) {
  for (const VersionPtr& version : staged) {
    const SeenOff end = see_off(means_.router, version, means_.live, means_.stopping);
    if (end == SeenOff::kWaits) means_.left_over.push_back(version);
    if (end == SeenOff::kLeftBehind) {
      means_.log.error("rollout", "the destroy() of " + version->speaker() +
                                      " does not return; it is left behind");
    }
  }
}

// --- Preparing ------------------------------------------------------------------------------

void Transition::prepare(const std::vector<Running>& now, const Scene& wanted) {
  const auto running = [&](const std::string& ns) -> const Running* {
    const auto at = std::ranges::find_if(now, [&](const auto& r) { return r.ns->name() == ns; });
    return at == now.end() ? nullptr : &*at;
  };
  for (const Wanted& ns : wanted) plan_part(running(ns.spec.name), ns);
  for (const Running& ns : now) {
    if (!ns.removed && !find(wanted, ns.ns->name())) plan_removal(ns);
  }
  if (means_.live) keep_protocol(wanted);
  offer_configs();
}

// A server whose only namespace is "" and whose plugin takes native frames alone speaks that
// plugin's protocol from its start; its clients know no other, nor do those of any other server.
void Transition::keep_protocol(const Scene& wanted) const {
  bool native = wanted.size() == 1 && wanted.front().spec.name.empty();
  for (const Part& part : parts_) {
    for (const auto& [name, version] : part.after.versions) {
      native = native && version->wants().native_only();
    }
  }
  if (native == means_.router.native_only()) return;
  throw Refused(native ? "With this step the server would speak its plugin's own protocol instead "
                         "of neffos': that is settled when it starts, so restart it."
                       : "With this step the server would no longer speak its plugin's own "
                         "protocol: that is settled when it starts, so restart it.");
}

void Transition::plan_part(const Running* before, const Wanted& wanted) {
  Part& part = parts_.emplace_back();
  part.ns = means_.router.add(wanted.spec.name);
  if (!part.ns) {
    throw Refused("Namespace \"" + wanted.spec.name +
                  "\" is one too many for this process; restart it.");
  }
  if (before) part.before = *before;
  part.after.ns = part.ns;
  part.after.state = wanted;
  for (std::size_t i = 0; i < wanted.spec.versions.size(); ++i) {
    const std::string& name = wanted.spec.versions[i].name;
    if (wanted.runs(name)) part.after.versions[name] = provide(part, wanted, i);
  }
  for (const auto& [name, version] : part.before.versions) {
    const auto after = part.after.versions.find(name);
    const bool stays = after != part.after.versions.end() && after->second == version;
    if (!stays) part.going.push_back(version);
  }
}

void Transition::plan_removal(const Running& before) {
  Part& part = parts_.emplace_back();
  part.ns = before.ns;
  part.before = part.after = before;
  part.after.removed = true;
  part.after.versions.clear();
  for (const auto& [name, version] : before.versions) part.going.push_back(version);
}

// With another config at most. One that failed stays what it is, unless this step replaces it.
bool Transition::can_be(const routing::Version& running, const Wanted& wanted,
                        std::size_t at) const {
  if (running.failed() && running.number() == means_.replaces) return false;
  const manifest::Run run = *wanted.spec.versions[at].run;
  const bool same_process =
      run != manifest::Run::kProcess || running.process() == wanted.spec.process;
  const bool same_threads =
      run != manifest::Run::kThread || running.threads() == wanted.spec.threads;
  return running.run() == run && same_process && same_threads &&
         running.library().sha256() == wanted.builds[at].sha256;
}

// The instance that runs already, if it can be that; else a new one.
VersionPtr Transition::provide(Part& part, const Wanted& wanted, std::size_t at) {
  const manifest::Version& version = wanted.spec.versions[at];
  const auto running = part.before.versions.find(version.name);
  if (running != part.before.versions.end() && can_be(*running->second, wanted, at)) {
    if (running->second->config_json() == version.config_json) return running->second;
    if (running->second->wants().handles(STOA_EVENT_CONFIG) && !running->second->failed()) {
      offers_.push_back({running->second, version.config_json});
      return running->second;
    }
  }
  VersionPtr made = stage(*part.ns, wanted, at);
  part.staged.push_back(made);
  return made;
}

VersionPtr Transition::stage(routing::Namespace& ns, const Wanted& wanted, std::size_t at) {
  const manifest::Version& version = wanted.spec.versions[at];
  const Build& build = wanted.builds[at];
  means_.progress("starting " + ns.name() + " " + version.name + " (" + build.plugin + " " +
                  build.version + ")");
  // What may fail in a process of its own needs no rehearsal in another.
  if (means_.live && *version.run != manifest::Run::kProcess) {
    const auto complaint = plugin::rehearse(
        {.library = build.library->copy(), .ns = ns.name(), .config_json = version.config_json},
        means_.patience, &means_.stopping);
    if (means_.stopping) throw Refused("The server stops.");
    if (complaint) {
      throw Refused(named(ns, version, build) + " " + complaint->problem + "; " +
                    complaint->remedy + ".");
    }
  }
  auto made = std::make_shared<routing::Version>(
      ns, version.name, ++means_.last_instance, build.library, version.config_json, *version.run,
      wanted.spec.process, *version.run == manifest::Run::kThread ? wanted.spec.threads : 1);
  try {
    if (start(*made)) return made;
  } catch (...) {
    discard({made});
    throw;
  }
  made->end();
  if (means_.stopping) throw Refused("The server stops.");
  const bool rehearsed = *version.run != manifest::Run::kProcess;
  throw Refused(named(ns, version, build) + " did not start within " +
                std::to_string(means_.patience.count()) + " ms" +
                (rehearsed ? ", though it did in a child process; its thread is left behind."
                           : "; its process is killed."));
}

// False: it hangs.
bool Transition::start(routing::Version& version) {
  const auto create = [kept = version.shared_from_this()] {
    kept->create();
    if (kept->ended()) return kept->destroy();  // nobody waits any more
    const routing::Outcome tested = routing::Calls::ask_here(*kept, whole(STOA_EVENT_SELF_TEST));
    if (!tested.denied()) return;
    throw report::StartupError("namespace \"" + kept->ns().name() + "\": plugin " +
                               kept->library().description().name + " " +
                               kept->library().description().version +
                               " is not fit: its self-test failed: " + tested.body);
  };
  if (version.run() == manifest::Run::kProcess && means_.live) {
    if (!create_in_process(version, create)) return false;
  } else if (!means_.live) {
    create();
  } else if (!within(means_.patience, create, &means_.stopping)) {
    return false;
  }
  version.begin();
  return true;
}

// A process that hangs is killed: nobody need be left behind with it.
bool Transition::create_in_process(routing::Version& version, const std::function<void()>& create) {
  const auto given_up = [this, deadline = Clock::now() + means_.patience] {
    return means_.stopping || Clock::now() > deadline;
  };
  version.give_up_when(given_up);
  try {
    create();
  } catch (const report::StartupError&) {
    if (!given_up()) throw;
    return false;
  }
  version.give_up_when(nullptr);
  return true;
}

// Of a plugin that refuses, those that had agreed get their old configs again.
void Transition::offer_configs() {
  for (std::size_t i = 0; i < offers_.size(); ++i) {
    const Offer& offer = offers_[i];
    const routing::Outcome outcome = ask(offer.version, STOA_EVENT_CONFIG, 0, offer.json);
    if (!outcome.denied()) continue;
    const std::string sentence = "Namespace \"" + offer.version->ns().name() + "\", version " +
                                 offer.version->name() +
                                 ": its plugin refused its new config: " + outcome.body;
    // One that is late may have taken it all the same.
    offers_.resize(outcome.unanswered ? i + 1 : i);
    take_configs_back();
    throw Refused(sentence);
  }
}

// --- Taking effect --------------------------------------------------------------------------

// What the namespace does not say of itself is the server's.
void Transition::limit(routing::Namespace& ns, const manifest::Namespace& spec) {
  const manifest::Server& server = means_.server;
  ns.set({spec.max_message_bytes != 0 ? spec.max_message_bytes : server.max_message_bytes,
          milliseconds(spec.ask_timeout_ms != 0 ? spec.ask_timeout_ms : server.ask_timeout_ms),
          spec.queue, spec.send_weight});
}

// Only where something is to be handed over, which may still be refused; the rest waits for
// confirm().
void Transition::put(std::vector<Running>& running) {
  for (Part& part : parts_) {
    part.bequests = bequests(part.before, part.after, means_.urgent || means_.replaces != 0);
    if (!part.bequests.empty()) put(part, running);
  }
}

void Transition::put(Part& part, std::vector<Running>& running) {
  auto at = std::ranges::find(running, part.ns, &Running::ns);
  if (at == running.end()) {
    running.push_back({.ns = part.ns});
    at = running.end() - 1;
  }
  at->state = part.after.state;
  at->versions = part.after.versions;
  at->removed = part.after.removed;
  for (const VersionPtr& version : part.going) {
    const auto departure = std::make_shared<routing::Departure>(version, ways(part).last);
    part.leaving.push_back({.version = version, .departure = departure});
    at->leaving.push_back(part.leaving.back());
  }
  for (const Bequest& bequest : part.bequests) {
    const bool is_new = std::ranges::find(part.staged, bequest.to) != part.staged.end();
    if (is_new) bequest.to->set_ready(false);
    // What newcomers said to it meanwhile would be lost: they wait until it has handed over.
    const bool runs_on = std::ranges::find(part.going, bequest.from) == part.going.end();
    if (runs_on) bequest.from->set_ready(false);
  }
  limit(*part.ns, part.after.state.spec);
  part.ns->serve(split_of(*at));
  part.after.removed ? part.ns->close() : part.ns->open();
}

// Nobody stays with what is bad, nor in a namespace that is gone.
Ways Transition::ways(const Part& part) const {
  if (means_.replaces != 0) return {};
  return ways_of(part.after.state.spec.departure, !part.after.removed && !means_.urgent);
}

// First to versions that are new: these go without a trace if another one refuses. What a version
// that serves has taken over cannot be taken back, so from then on no refusal counts.
void Transition::hand_over() {
  std::vector<VersionPtr> relieved;
  bool final = false;
  for (const bool to_new : {true, false}) {
    for (const Part& part : parts_) {
      for (const Bequest& bequest : part.bequests) {
        const bool is_new = std::ranges::find(part.staged, bequest.to) != part.staged.end();
        if (is_new != to_new) continue;
        const std::string why = hand_over(part, bequest, final);
        if (why.empty()) relieved.push_back(bequest.from);
        if (!why.empty() && bequest.must && !final) throw Refused(why + ".");
        if (!why.empty()) note_ = why;
        final = final || (why.empty() && !is_new);
      }
    }
  }
  // Not before all have taken over: until then each may have to go on with what it has.
  relieve(relieved);
}

// Returns why it was not taken over, or nothing. `final` if that may have come about for good.
std::string Transition::hand_over(const Part& part, const Bequest& bequest, bool& final) {
  const routing::Version& from = *bequest.from;
  const routing::Version& to = *bequest.to;
  // They wait while it goes on, so that nothing happens to what is handed over.
  std::string why = hold_members(part, bequest.from);
  if (why.empty()) why = pass_on(part, bequest, final);
  if (why.empty()) return why;
  return "Namespace \"" + part.ns->name() + "\": " + of(to, from) + " does not take over what " +
         of(from, to) + " keeps for all: " + why;
}

// The same, of members that are held.
std::string Transition::pass_on(const Part& part, const Bequest& bequest, bool& final) {
  const VersionPtr& to = bequest.to;
  const auto exported = ask(bequest.from, STOA_EVENT_EXPORT, 0, {});
  // One that failed meanwhile hands nothing over.
  if (exported.denied() && !bequest.from->failed()) return reason(exported);
  if (exported.body.size() > routing::Limits::kMaxNamespaceState) {
    return "that is more than 256 MiB";
  }
  const bool something = exported.kind == STOA_ANSWER_REPLY;
  if (something && !to->wants().handles(STOA_EVENT_IMPORT)) return "it imports nothing";
  const auto schema = something ? std::max(exported.code, 1U) : 0U;
  const auto imported = ask(to, STOA_EVENT_IMPORT, schema, exported.body);
  const bool is_new = std::ranges::find(part.staged, to) != part.staged.end();
  final = final || (imported.unanswered && !is_new);  // it may still do so
  return imported.denied() ? reason(imported) : "";
}

// They forget it before their members are heard again.
void Transition::relieve(const std::vector<VersionPtr>& versions) {
  const auto left = std::make_shared<std::atomic<std::size_t>>(versions.size());
  routing::Router& router = means_.router;
  for (const VersionPtr& version : versions) {
    router.home(version->ns()).inbox().insist([version, left, &router](routing::Shard& home) {
      home.calls().tell(*version, whole(STOA_EVENT_EXPORTED));
      if (left->fetch_sub(1) == 1) router.bell().ring();
    });
  }
  router.bell().wait_until(Clock::now() + means_.patience,
                           [&] { return *left == 0 || means_.stopping.load(); });
}

// Returns why they could not be held, or nothing.
std::string Transition::hold_members(const Part& part, const VersionPtr& version) {
  const auto leaving = std::ranges::find(part.leaving, version, &Leaving::version);
  std::shared_ptr<routing::Departure> holder;
  if (leaving != part.leaving.end()) {
    holder = leaving->departure;
  } else {
    holder = holds_.emplace_back(
        std::make_shared<routing::Departure>(version, routing::Departure::Ways{}));
  }
  const auto held = std::make_shared<std::atomic<bool>>(false);
  holder->hold_all([held, &bell = means_.router.bell()] {
    *held = true;
    bell.ring();
  });
  return wait_for([held] { return held->load(); },
                  "the workers to hold the members of " + part.ns->name());
}

void Transition::release_members() {
  for (const auto& one : holds_) one->release();
  holds_.clear();
}

void Transition::put_back(std::vector<Running>& running) {
  release_members();
  for (Part& part : parts_) {
    if (part.bequests.empty()) continue;
    const auto at = std::ranges::find(running, part.ns, &Running::ns);
    for (const Leaving& leaving : part.leaving) {
      leaving.departure->call_off();
      std::erase_if(at->leaving,
                    [&](const Leaving& one) { return one.version == leaving.version; });
    }
    at->state = part.before.state;
    at->versions = part.before.versions;
    at->removed = part.before.versions.empty();
    // Newcomers may be theirs already.
    for (const VersionPtr& version : std::exchange(part.staged, {})) {
      at->leaving.push_back(
          {.version = version,
           .departure = std::make_shared<routing::Departure>(version, routing::Departure::Ways{}),
           .stay_until = Clock::now()});
    }
    limit(*part.ns, part.before.state.spec);
    part.ns->serve(split_of(*at));
    at->removed ? part.ns->close() : part.ns->open();
    let_in(part);
  }
}

void Transition::take_configs_back() {
  for (const Offer& offer : offers_) {
    static_cast<void>(ask(offer.version, STOA_EVENT_CONFIG, 0, offer.version->config_json()));
  }
}

// Those who waited for a version that was not ready, or hands over no more.
void Transition::let_in(const Part& part) {
  if (part.bequests.empty() && part.going.empty()) return;
  for (const Bequest& bequest : part.bequests) {
    // Who waits for one that failed is to get another.
    if (!bequest.from->failed()) bequest.from->set_ready(true);
  }
  for (const auto& shard : means_.router.shards()) {
    shard->inbox().insist([ns = part.ns](routing::Shard& there) { there.lifecycle().let_in(*ns); });
  }
}

void Transition::confirm(std::vector<Running>& running) {
  release_members();
  for (const Offer& offer : offers_) {
    offer.version->keep_config(offer.json);
    routing::judge_members(offer.version);
  }
  taken_ = true;
  for (Part& part : parts_) {
    if (part.bequests.empty()) put(part, running);
    for (const VersionPtr& version : part.staged) version->set_ready(true);
    if (!means_.live) continue;
    for (Leaving& leaving : std::ranges::find(running, part.ns, &Running::ns)->leaving) {
      const bool goes_now = std::ranges::find(part.going, leaving.version) != part.going.end();
      const bool stayed = part.after.removed && !leaving.departing;
      if (goes_now || stayed) send_off(part, leaving);
    }
    let_in(part);
    if (means_.resettle) settle(part);
  }
}

void Transition::send_off(const Part& part, Leaving& leaving) {
  const Ways ways = this->ways(part);
  leaving.stay_until = Clock::now();
  if (ways.stay) {
    leaving.stay_until += milliseconds(part.after.state.spec.stay_ms);
    leaving.departure->release();
    if (!ways.first) return;
    const auto first = std::make_shared<routing::Departure>(leaving.version, *ways.first);
    first->begin();
    under_way_.settling.push_back(first);
    return;
  }
  leaving.departing = true;
  leaving.departure->begin();
  under_way_.departing.push_back(leaving);
}

void Transition::settle(const Part& part) {
  for (const auto& [name, version] : part.before.versions) {
    const auto after = part.after.versions.find(name);
    if (after == part.after.versions.end() || after->second != version) continue;
    under_way_.settling.push_back(std::make_shared<routing::Departure>(version, ways(part).last));
    under_way_.settling.back()->begin();
  }
}

// --- Asking plugins -------------------------------------------------------------------------

// Returns why it did not come, or nothing.
std::string Transition::wait_for(const std::function<bool()>& done, const std::string& what) {
  const auto deadline = Clock::now() + means_.patience;
  const bool came =
      means_.router.bell().wait_until(deadline, [&] { return done() || means_.stopping.load(); });
  if (came && done()) return {};
  return came ? "the server stops" : "waited too long for " + what;
}

routing::Outcome Transition::ask(const VersionPtr& version, uint32_t kind, uint64_t schema,
                                 std::string body) {
  struct Answer {
    report::Mutex mutex;
    std::optional<routing::Outcome> outcome GUARDED_BY(mutex);
  };
  const auto answer = std::make_shared<Answer>();
  routing::Router& router = means_.router;
  router.home(version->ns())
      .inbox()
      .insist([version, kind, schema, answer, &router,
               body = std::move(body)](routing::Shard& home) {
        stoa_event event = whole(kind);
        event.cookie = schema;
        event.body = routing::as_bytes(body);
        home.calls().decide(*version, event, [answer, &router](const routing::Outcome& outcome) {
          {
            const report::MutexLock lock(answer->mutex);
            answer->outcome = outcome;
          }
          router.bell().ring();
        });
      });
  const auto taken = [answer] {
    const report::MutexLock lock(answer->mutex);
    return answer->outcome;
  };
  std::string late =
      wait_for([&] { return taken().has_value(); }, version->speaker() + " to answer");
  if (late.empty()) return *taken();
  routing::Outcome none = routing::Outcome::none_in_time();
  none.body = std::move(late);
  return none;
}

}  // namespace stoa::rollout
