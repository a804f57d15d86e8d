#include "routing/membership.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace stoa::routing {

bool HeldFrames::keep(std::string_view payload, bool binary, Bounds bounds) {
  if (frames_.size() >= bounds.frames || bytes_ + payload.size() > bounds.bytes) return false;
  frames_.push_back({std::string(payload), binary});
  bytes_ += payload.size();
  return true;
}

std::vector<HeldFrames::Held> HeldFrames::take() {
  bytes_ = 0;
  return std::exchange(frames_, {});
}

Room* Membership::room(std::string_view name) const {
  const auto at =
      std::find_if(rooms.begin(), rooms.end(), [name](const Room* r) { return r->name == name; });
  return at == rooms.end() ? nullptr : *at;
}

Waiting Membership::take_waiting() {
  return {std::exchange(acts, {}), held ? held->take() : std::vector<HeldFrames::Held>{}};
}

void LocalNamespace::add(Membership& member) {
  member.seat = static_cast<uint32_t>(members_.size());
  members_.push_back(&member);
  count_.store(members_.size(), std::memory_order_release);
}

void LocalNamespace::remove(Membership& member) {
  // Order among members means nothing: the last one takes the empty seat.
  members_[member.seat] = members_.back();
  members_[member.seat]->seat = member.seat;
  members_.pop_back();
  count_.store(members_.size(), std::memory_order_release);
}

void LocalNamespace::join(Membership& member, std::string_view name) {
  assert(!member.room(name));
  auto at = rooms_.find(name);
  if (at == rooms_.end()) {
    at = rooms_.emplace(name, std::make_unique<Room>(Room{std::string(name), {}})).first;
  }
  at->second->members.push_back(&member);
  member.rooms.push_back(at->second.get());
}

void LocalNamespace::leave(Membership& member, Room& room) {
  std::erase(member.rooms, &room);
  const auto seat = std::find(room.members.begin(), room.members.end(), &member);
  *seat = room.members.back();
  room.members.pop_back();
  if (room.members.empty()) rooms_.erase(rooms_.find(room.name));
}

const Room* LocalNamespace::room(std::string_view name) const {
  const auto at = rooms_.find(name);
  return at == rooms_.end() ? nullptr : at->second.get();
}

}  // namespace stoa::routing
