// The session's ways into namespaces and rooms and out of them, by the client's wish and the
// server's.
#include <memory>
#include <utility>

#include "session.h"

namespace stoa::client {
namespace {

// Runs `done` with the first failure once all of `left` outcomes are in.
struct Tally {
  std::size_t left;
  Completion done;
  Outcome outcome;

  void add(const Outcome& one) {
    if (outcome && !one) outcome = one;
    if (--left == 0) done(outcome);
  }
};

bool wants_answer(const wire::Message& message) {
  return !message.wait.empty() && !message.is_noop;
}

}  // namespace

void Session::connect(const std::string& ns, Completion done) {
  if (!presence_.open()) return done({Status::kClosed, kWriteClosed});
  if (presence_.in(ns)) return done({});
  if (declared(ns) == nullptr) return done({Status::kNotMember, kBadNamespace});
  const ActKey key{kConnect, ns, ""};
  if (!begin_act(key, std::move(done))) return;

  const auto reply = fire({.ns = ns, .event = kConnect, .local = true});
  if (refused(reply)) return finish_act(key, {Status::kError, reply->body()});
  ask_act(key, [this, key, ns](const Outcome& outcome) {
    if (outcome && !presence_.in(ns)) {
      presence_.enter(ns);
      fire_and_forget({.ns = ns, .event = kConnected, .local = true});
    }
    finish_act(key, outcome);
  });
}

void Session::disconnect(const std::string& ns, Completion done) {
  uint64_t era = 0;
  if (Outcome bad = presence_.check(ns, "", era); !bad) return done(std::move(bad));
  const ActKey key{kDisconnect, ns, ""};
  if (!begin_act(key, std::move(done))) return;
  ask_act(key, [this, key, ns](const Outcome& outcome) {
    if (outcome && presence_.in(ns)) {
      leave_all_by_force(ns, true);
      presence_.exit(ns);
      fire_and_forget({.ns = ns, .event = kDisconnect, .local = true});
    }
    finish_act(key, outcome);
  });
}

void Session::disconnect_all(Completion done) {
  if (!presence_.open()) return done({Status::kClosed, kWriteClosed});
  const Memberships where = presence_.memberships();
  if (where.empty()) return done({});
  const auto tally = std::make_shared<Tally>(Tally{where.size(), std::move(done), {}});
  for (const auto& [ns, rooms] : where) {
    disconnect(ns, [tally](const Outcome& outcome) { tally->add(outcome); });
  }
}

void Session::join(const std::string& ns, const std::string& room, Completion done) {
  uint64_t era = 0;
  if (Outcome bad = presence_.check(ns, "", era); !bad) return done(std::move(bad));
  if (presence_.in(ns, room)) return done({});
  const ActKey key{kRoomJoin, ns, room};
  if (!begin_act(key, std::move(done))) return;

  const auto reply = fire({.ns = ns, .room = room, .event = kRoomJoin, .local = true});
  if (refused(reply)) return finish_act(key, {Status::kError, reply->body()});
  ask_act(key, [this, key, ns, room](const Outcome& outcome) {
    if (outcome && presence_.in(ns) && !presence_.in(ns, room)) {
      presence_.enter(ns, room);
      fire_and_forget({.ns = ns, .room = room, .event = kRoomJoined, .local = true});
    }
    finish_act(key, outcome);
  });
}

void Session::leave(const std::string& ns, const std::string& room, Completion done) {
  uint64_t era = 0;
  if (Outcome bad = presence_.check(ns, room, era); !bad) return done(std::move(bad));
  const ActKey key{kRoomLeave, ns, room};
  if (!begin_act(key, std::move(done))) return;
  ask_act(key, [this, key, ns, room](const Outcome& outcome) {
    if (outcome && presence_.in(ns, room)) {
      fire_and_forget({.ns = ns, .room = room, .event = kRoomLeave, .local = true});
      presence_.exit(ns, room);
      fire_and_forget({.ns = ns, .room = room, .event = kRoomLeft, .local = true});
    }
    finish_act(key, outcome);
  });
}

// True if nobody wished the same already.
bool Session::begin_act(const ActKey& key, Completion done) {
  auto& waiting = acts_[key].done;
  waiting.push_back(std::move(done));
  return waiting.size() == 1;
}

void Session::ask_act(const ActKey& key, std::function<void(Outcome)> answered) {
  const auto& [event, ns, room] = key;
  const std::string token = asks_.next_token();
  if (!asks_.wait(token, options_.ask_timeout, std::move(answered))) return;
  send({.wait = token, .ns = ns, .room = room, .event = event}, false);
}

void Session::finish_act(const ActKey& key, const Outcome& outcome) {
  auto node = acts_.extract(key);
  if (node.empty()) return;
  for (const Completion& done : node.mapped().done) done(outcome);
  replay(node.mapped().held);
}

void Session::on_connect(const wire::Message& message) {
  if (!wants_answer(message)) return;
  if (presence_.in(message.ns)) return answer_empty(message);
  if (declared(message.ns) == nullptr) return answer_error(message, wire::kBadNamespace);
  const auto reply = fire({.ns = message.ns, .event = message.event, .body = message.body});
  if (refused(reply)) return answer_error(message, reply->body());
  presence_.enter(message.ns);
  answer_empty(message);
  fire_and_forget({.ns = message.ns, .event = kConnected});
}

void Session::on_disconnect(const wire::Message& message) {
  if (!wants_answer(message)) return;
  if (!presence_.in(message.ns)) return answer_empty(message);
  leave_all_by_force(message.ns, false);
  presence_.exit(message.ns);
  answer_empty(message);
  fire_and_forget({.ns = message.ns, .event = kDisconnect, .forced = true});
}

void Session::on_join(const wire::Message& message) {
  if (!wants_answer(message)) return;
  if (!presence_.in(message.ns)) return answer_error(message, wire::kBadNamespace);
  if (presence_.in(message.ns, message.room)) return answer_empty(message);
  const auto reply = fire({.ns = message.ns, .room = message.room, .event = message.event});
  if (refused(reply)) return answer_error(message, reply->body());
  presence_.enter(message.ns, message.room);
  fire_and_forget({.ns = message.ns, .room = message.room, .event = kRoomJoined});
  answer_empty(message);
}

void Session::on_leave(const wire::Message& message) {
  if (!wants_answer(message)) return;
  if (presence_.in(message.ns, message.room)) {
    leave_by_force(message.ns, {std::string(message.room)}, false);
  }
  answer_empty(message);
}

void Session::leave_all_by_force(std::string_view ns, bool local) {
  const Memberships where = presence_.memberships();
  const auto at = where.find(ns);
  if (at != where.end()) leave_by_force(ns, at->second, local);
}

void Session::leave_by_force(std::string_view ns, const Rooms& rooms, bool local) {
  for (const std::string& room : rooms) {
    fire_and_forget({.ns = ns, .room = room, .event = kRoomLeave, .local = local, .forced = true});
    presence_.exit(ns, room);
    fire_and_forget({.ns = ns, .room = room, .event = kRoomLeft, .local = local, .forced = true});
  }
}

}  // namespace stoa::client
