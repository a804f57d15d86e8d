// Where the client is: connected or not, in which namespaces and rooms.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "report/mutex.h"
#include "stoa/client.hpp"

namespace stoa::client {

using Rooms = std::set<std::string, std::less<>>;
using Memberships = std::map<std::string, Rooms, std::less<>>;  // rooms by namespace

// Written by the client's thread, read by any.
class Presence {
 public:
  // The connection is acknowledged under `id`, after `tries` reconnect tries.
  void opened(std::string id, uint32_t tries, Memberships where);
  // The connection is gone, and the client in no namespace.
  void lost(const Closed& closed);
  // True: there is no connection, and none is sought.
  void set_settled(bool settled);

  void enter(std::string_view ns);
  void exit(std::string_view ns);
  void enter(std::string_view ns, std::string_view room);
  void exit(std::string_view ns, std::string_view room);

  // May something be sent to the namespace and, unless it is empty, to the room? kClosed or
  // kNotMember with the protocol's text if not. `era` counts the connections: what was checked in
  // one must not be sent in another.
  [[nodiscard]] Outcome check(std::string_view ns, std::string_view room, uint64_t& era) const;

  [[nodiscard]] bool open() const;
  [[nodiscard]] uint64_t era() const;
  [[nodiscard]] bool in(std::string_view ns) const;
  [[nodiscard]] bool in(std::string_view ns, std::string_view room) const;
  [[nodiscard]] Memberships memberships() const;
  [[nodiscard]] std::string id() const;
  [[nodiscard]] uint32_t tries() const;
  [[nodiscard]] Closed closed() const;

  bool wait_in(std::string_view ns, std::chrono::milliseconds timeout) const;
  bool wait_settled(std::chrono::milliseconds timeout) const;
  void wait_settled() const;

 private:
  [[nodiscard]] bool in_locked(std::string_view ns) const REQUIRES(mutex_);
  [[nodiscard]] bool in_locked(std::string_view ns, std::string_view room) const REQUIRES(mutex_);

  mutable report::Mutex mutex_;
  mutable report::CondVar changed_;
  bool open_ GUARDED_BY(mutex_) = false;
  bool settled_ GUARDED_BY(mutex_) = true;
  uint64_t era_ GUARDED_BY(mutex_) = 0;
  uint32_t tries_ GUARDED_BY(mutex_) = 0;
  std::string id_ GUARDED_BY(mutex_);
  Memberships memberships_ GUARDED_BY(mutex_);
  Closed closed_ GUARDED_BY(mutex_);
};

}  // namespace stoa::client
