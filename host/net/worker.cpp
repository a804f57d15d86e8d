#include "net/worker.h"

#include <libwebsockets.h>
#include <pthread.h>

#include <algorithm>
#include <random>
#include <string>
#include <utility>

#include "net/descriptors.h"
#include "net/lws_quirks.h"
#include "net/session.h"
#include "net/websocket.h"

namespace stoa::net {

using std::chrono::duration;
using std::chrono::milliseconds;

namespace {

template <class T>
T& self(void* data) {
  return *static_cast<T*>(data);
}

Patience patience_of(const manifest::Server& settings) {
  return {.handshake = milliseconds(settings.handshake_timeout_ms),
          .acknowledge = milliseconds(settings.acknowledge_timeout_ms),
          .idle = milliseconds(settings.ping_interval_ms),
          .pong = milliseconds(settings.pong_timeout_ms),
          .send = milliseconds(settings.send_timeout_ms)};
}

// How often all connections are looked at: late by an eighth of the shortest patience at most.
double round_seconds(const Patience& patience) {
  const milliseconds shortest = std::min(
      {patience.handshake, patience.acknowledge, patience.idle, patience.pong, patience.send});
  return std::clamp(duration<double>(shortest).count() / 8, 0.01, 1.0);
}

}  // namespace

Worker::Worker(const manifest::Server& settings, const StaticFiles& files, routing::Shard& shard,
               std::vector<Listener> listeners, Crew& crew)
    : settings_(settings),
      files_(files),
      shard_(shard),
      crew_(crew),
      patience_(patience_of(settings)),

      loop_(ev_loop_new(EVFLAG_AUTO)) {
  shard_.delivery().write_by(
      [](void* transport) { static_cast<Session*>(transport)->write_ahead(); });
  ++crew_.admitting;
  create_context();
  watch();
  acceptor_.emplace(loop_, std::move(listeners), [this](int fd) {
    if (lws* wsi = lws_adopt_socket_vhost(vhost_, fd)) handshake_begins(wsi);
  });
}

Worker::~Worker() {
  acceptor_.reset();
  // Sessions end inside, so the loop's other watchers and the shard must still be there.
  shard_.bind_to_this_thread();
  lws_context_destroy(context_);
  ev_loop_destroy(loop_);
}

void Worker::create_context() {
  context_ = create_lws_context(*this, loop_);
  vhost_ = lws_get_vhost_by_name(context_, "default");
}

void Worker::watch() {
  prepare_.data = check_.data = inbox_.data = deadline_.data = rounds_.data = this;
  ev_check_init(&check_,
                [](struct ev_loop*, ev_check* w, int) { self<Worker>(w->data).begin_turn(); });
  ev_set_priority(&check_, EV_MAXPRI);  // before any other event of the turn
  ev_prepare_init(&prepare_,
                  [](struct ev_loop*, ev_prepare* w, int) { self<Worker>(w->data).end_turn(); });
  ev_io_init(
      &inbox_, [](struct ev_loop*, ev_io* w, int) { self<Worker>(w->data).shard_.run_inbox(); },
      shard_.inbox().wake_fd(), EV_READ);
  ev_timer_init(
      &deadline_,
      [](struct ev_loop*, ev_timer* w, int) {
        Worker& worker = self<Worker>(w->data);
        worker.armed_for_.reset();
        worker.shard_.deadlines().run(worker.shard_.now());
      },
      0., 0.);
  // What clients said in time is read before a clock says that they did not.
  ev_set_priority(&deadline_, EV_MINPRI);
  const double round = round_seconds(patience_);
  ev_timer_init(
      &rounds_, [](struct ev_loop*, ev_timer* w, int) { self<Worker>(w->data).check_all(); }, round,
      round);
  ev_set_priority(&rounds_, EV_MINPRI);
  ev_check_start(loop_, &check_);
  ev_prepare_start(loop_, &prepare_);
  ev_io_start(loop_, &inbox_);
  ev_timer_start(loop_, &rounds_);
}

void Worker::start() {
  thread_ = std::thread([this] { run(); });
}

void Worker::run() {
  shard_.bind_to_this_thread();
  spare_idle_turns(context_);
  ::pthread_setname_np(::pthread_self(), ("loop/" + std::to_string(shard_.index())).c_str());
  ev_run(loop_, 0);
  acceptor_->stop();  // not only when the server is destroyed: plugins may take their time for that
}

void Worker::join() {
  thread_.join();
}

void Worker::begin_turn() {
  shard_.set_now(routing::Clock::now());
  // Before any frame of this turn: what another worker said before its client told ours of it comes
  // first here too.
  if (shard_.inbox().busy()) shard_.run_inbox();
}

void Worker::end_turn() {
  // First, so that they handle what came while this writes.
  shard_.calls().ring_lanes();
  std::vector<routing::Connection*>& dirty = shard_.delivery().dirty();
  // Flushing may end a connection, whose last events may make others dirty.
  std::size_t next = 0;
  while (next < dirty.size()) {
    if (routing::Connection* const connection = dirty[next++]) {
      self<Session>(connection->transport).flush();
    }
  }
  dirty.clear();
  shard_.calls().ring_lanes();
  arm_deadline();
  if (draining_ && crew_.is_done()) crew_.stop_all();
}

void Worker::arm_deadline() {
  const auto next = shard_.deadlines().next();
  if (next == armed_for_) return;
  ev_timer_stop(loop_, &deadline_);
  armed_for_ = next;
  if (!next) return;
  const double wait = duration<double>(*next - routing::Clock::now()).count();
  ev_now_update(loop_);
  ev_timer_set(&deadline_, std::max(wait, 0.), 0.);
  ev_timer_start(loop_, &deadline_);
}

void Worker::check_all() {
  const routing::TimePoint now = shard_.now();
  // A copy: looking at one may end it, and its last events may end others.
  const std::vector<Session*> all(sessions_.begin(), sessions_.end());
  for (Session* session : all) {
    if (sessions_.contains(session)) session->check(now);
  }
  for (auto& [wsi, visit] : visits_) {
    if (is_late(wsi, visit)) kill_soon(wsi);
  }
  look_at_lws_timers();
}

// libwebsockets' own timers may come half a minute late on libev: it sets a timer that is running
// already, which does nothing. Woken, it looks at what is due.
void Worker::look_at_lws_timers() {
  want_idle_turn();
  lws_cancel_service(context_);
}

void Worker::kill_soon(lws* wsi) {
  lws_set_timeout(wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
  look_at_lws_timers();
}

void Worker::add(Session& session) {
  sessions_.insert(&session);
  ++crew_.connections;
}

void Worker::remove(Session& session) {
  sessions_.erase(&session);
  --crew_.connections;
}

bool Worker::is_late(lws* wsi, Visit& visit) const {
  const routing::TimePoint now = shard_.now();
  if (!visit.unsent) return now - visit.since > patience_.handshake;
  const int unsent = unsent_bytes(lws_get_socket_fd(wsi));
  if (std::exchange(visit.unsent, unsent) != unsent) visit.since = now;
  return now - visit.since > patience_.send;
}

void Worker::handshake_begins(lws* wsi) {
  visits_[wsi] = {shard_.now(), std::nullopt};
}

void Worker::handshake_ends(lws* wsi) {
  visits_.erase(wsi);
}

void Worker::answer_begins(lws* wsi) {
  visits_[wsi] = {shard_.now(), 0};
}

void Worker::drain(milliseconds grace) {
  shard_.inbox().insist([this, grace](routing::Shard&) { begin_drain(grace); });
}

void Worker::begin_drain(milliseconds grace) {
  if (draining_) return;
  draining_ = true;
  --crew_.admitting;
  drained_by_ = routing::Clock::now() + grace + kLastWords;
  // Spread evenly, in no particular order, so that clients do not come back all at once.
  std::vector<uint64_t> all;
  shard_.each_connection([&](routing::Connection& it) { all.push_back(it.handle()); });
  std::shuffle(all.begin(), all.end(), std::minstd_rand(std::random_device{}()));
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto when = shard_.now() + grace * i / all.size();
    shard_.deadlines().add(when, [this, handle = all[i]] {
      if (auto* it = shard_.find(handle))
        shard_.delivery().close(*it, 1001, "server is going away");
    });
  }
  shard_.deadlines().add(drained_by_, [this] { ev_break(loop_, EVBREAK_ALL); });
}

void Worker::stop() {
  shard_.inbox().insist([this](routing::Shard&) { ev_break(loop_, EVBREAK_ALL); });
}

}  // namespace stoa::net
