// How a connection ends.
#include <memory>
#include <string>
#include <vector>

#include "routing/lifecycle.h"
#include "routing/router.h"
#include "routing/shard.h"

namespace stoa::routing {

// A connection that is gone: it stays until its last events were handled, because handlers may look
// at it.
struct Lifecycle::Farewell {
  uint64_t connection;
  uint16_t code;
  std::string reason;
  // Whoever saw it open sees it close, also if it never got further.
  bool was_open;
  std::size_t hooks_run;
  // None of these ends with its last member before it was told that the connection is gone.
  std::vector<Version::Errand> versions = {};
};

void Lifecycle::gone(Connection& connection, uint16_t code, std::string_view reason) {
  const bool is_open = connection.is_open();
  const auto farewell = std::make_shared<Farewell>(
      Farewell{.connection = connection.handle(),
               .code = code,
               .reason = std::string(reason),
               .was_open = is_open || connection.opening->hooks_done,
               .hooks_run = is_open ? 0 : connection.opening->next_hook});
  for (const auto& member : connection.memberships) {
    farewell->versions.emplace_back(*member->version);
    if (member->importer) farewell->versions.emplace_back(*member->importer);
  }
  const auto nothing = [] {};
  // From the back: handlers that look see the namespaces that are still there.
  while (!connection.memberships.empty()) {
    Membership& member = *connection.memberships.back();
    while (Room* const room = member.last_room()) {
      announce(member, room, STOA_BY_HOST, nothing);
      left(member, *room, STOA_BY_HOST, STOA_EVENT_FORCED);
    }
    if (member.connected()) announce(member, nullptr, STOA_BY_HOST, nothing);
    resume(connection.handle(), remove(member));
  }
  if (!connection.is_open()) {
    resume(connection.handle(), {std::exchange(connection.opening->acts, {}), {}});
  }
  shard_.calls().forget(connection);
  shard_.asks().forget(connection);
  for (Version* const version : watchers(*farewell)) farewell->versions.emplace_back(*version);
  // The last word comes behind all that they did on account of what they handle now.
  behind(farewell, [this, farewell] { say_farewell(farewell); });
}

void Lifecycle::say_farewell(const std::shared_ptr<Farewell>& farewell) {
  stoa_event event = make_event(STOA_EVENT_CLOSE, STOA_BY_HOST, farewell->connection);
  event.status = farewell->code;
  event.body = as_bytes(farewell->reason);
  for (Version* const version : watchers(*farewell)) {
    farewell->versions.emplace_back(*version);
    shard_.calls().tell(*version, event);
  }
  behind(farewell, [this, farewell] { shard_.forget(farewell->connection); });
}

// To whom the end is told: to each version of a namespace, as they have come and gone since the
// connection opened.
std::vector<Version*> Lifecycle::watchers(const Farewell& farewell) {
  std::vector<Version*> all;
  for (const auto& ns : shard_.router().namespaces()) {
    if (!ns->watches_connections()) continue;
    if (!farewell.was_open && ns->index() >= farewell.hooks_run) continue;
    ns->split()->each([&](Version& version) {
      if (farewell.was_open || version.wants().handles(STOA_EVENT_OPEN)) all.push_back(&version);
    });
  }
  return all;
}

void Lifecycle::behind(const std::shared_ptr<Farewell>& farewell,
                       const std::function<void()>& then) {
  const auto left = std::make_shared<std::size_t>(farewell->versions.size() + 1);
  const auto one_less = [left, then] {
    if (--*left == 0) then();
  };
  for (const Version::Errand& told : farewell->versions) {
    shard_.calls().behind(told.version(), one_less);
  }
  one_less();
}

}  // namespace stoa::routing
