#include "presence.h"

#include <utility>

namespace stoa::client {

void Presence::opened(std::string id, uint32_t tries, Memberships where) {
  const report::MutexLock lock(mutex_);
  open_ = true;
  ++era_;
  id_ = std::move(id);
  tries_ = tries;
  memberships_ = std::move(where);
  changed_.notify_all();
}

void Presence::lost(const Closed& closed) {
  const report::MutexLock lock(mutex_);
  open_ = false;
  ++era_;
  memberships_.clear();
  closed_ = closed;
}

void Presence::set_settled(bool settled) {
  const report::MutexLock lock(mutex_);
  settled_ = settled;
  changed_.notify_all();
}

void Presence::enter(std::string_view ns) {
  const report::MutexLock lock(mutex_);
  memberships_.try_emplace(std::string(ns));
  changed_.notify_all();
}

void Presence::exit(std::string_view ns) {
  const report::MutexLock lock(mutex_);
  const auto at = memberships_.find(ns);
  if (at != memberships_.end()) memberships_.erase(at);
}

void Presence::enter(std::string_view ns, std::string_view room) {
  const report::MutexLock lock(mutex_);
  const auto at = memberships_.find(ns);
  if (at != memberships_.end()) at->second.emplace(room);
}

void Presence::exit(std::string_view ns, std::string_view room) {
  const report::MutexLock lock(mutex_);
  const auto at = memberships_.find(ns);
  if (at == memberships_.end()) return;
  const auto found = at->second.find(room);
  if (found != at->second.end()) at->second.erase(found);
}

Outcome Presence::check(std::string_view ns, std::string_view room, uint64_t& era) const {
  const report::MutexLock lock(mutex_);
  era = era_;
  if (!open_) return {Status::kClosed, kWriteClosed};
  if (!in_locked(ns)) return {Status::kNotMember, kBadNamespace};
  if (!room.empty() && !in_locked(ns, room)) return {Status::kNotMember, kBadRoom};
  return {};
}

bool Presence::open() const {
  const report::MutexLock lock(mutex_);
  return open_;
}

uint64_t Presence::era() const {
  const report::MutexLock lock(mutex_);
  return era_;
}

bool Presence::in(std::string_view ns) const {
  const report::MutexLock lock(mutex_);
  return in_locked(ns);
}

bool Presence::in(std::string_view ns, std::string_view room) const {
  const report::MutexLock lock(mutex_);
  return in_locked(ns, room);
}

bool Presence::in_locked(std::string_view ns) const {
  return memberships_.find(ns) != memberships_.end();
}

bool Presence::in_locked(std::string_view ns, std::string_view room) const {
  const auto at = memberships_.find(ns);
  return at != memberships_.end() && at->second.find(room) != at->second.end();
}

Memberships Presence::memberships() const {
  const report::MutexLock lock(mutex_);
  return memberships_;
}

std::string Presence::id() const {
  const report::MutexLock lock(mutex_);
  return id_;
}

uint32_t Presence::tries() const {
  const report::MutexLock lock(mutex_);
  return tries_;
}

Closed Presence::closed() const {
  const report::MutexLock lock(mutex_);
  return closed_;
}

bool Presence::wait_in(std::string_view ns, std::chrono::milliseconds timeout) const {
  const report::MutexLock lock(mutex_);
  return changed_.wait_for(mutex_, timeout, [&]() REQUIRES(mutex_) { return in_locked(ns); });
}

bool Presence::wait_settled(std::chrono::milliseconds timeout) const {
  const report::MutexLock lock(mutex_);
  return changed_.wait_for(mutex_, timeout, [&]() REQUIRES(mutex_) { return settled_; });
}

void Presence::wait_settled() const {
  const report::MutexLock lock(mutex_);
  changed_.wait(mutex_, [&]() REQUIRES(mutex_) { return settled_; });
}

}  // namespace stoa::client
