// What happened to a client, in order, for tests that wait and compare.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "process.h"
#include "report/mutex.h"
#include "stoa/client.hpp"

namespace stoa::kit {

// A client's Message that owns its texts.
struct Event {
  std::string ns = {};
  std::string room = {};
  std::string event = {};
  std::string body = {};
  bool binary = false;
  bool error = false;
  bool ask = false;
  bool local = false;
  bool forced = false;

  static Event of(const client::Message& message);
  // "chat/lobby message hi", "chat _OnNamespaceConnected": what a failing test shows.
  [[nodiscard]] std::string text() const;
};

// Any thread.
class EventLog {
 public:
  void record(Event event);

  // The first event of this name that was not taken yet, which is taken hereby. Empty if none comes
  // in time.
  std::optional<Event> take(std::string_view name, std::chrono::milliseconds timeout = kPatience);
  // Whether there is one that was not taken yet, by now.
  [[nodiscard]] bool has(std::string_view name) const;

  // All events so far, taken or not, as Event::text() without bodies; with `ns` only that
  // namespace's.
  [[nodiscard]] std::vector<std::string> story() const;
  [[nodiscard]] std::vector<std::string> story(std::string_view ns) const;
  void clear();

 private:
  struct Entry {
    Event event;
    bool taken = false;
  };

  [[nodiscard]] Entry* find(std::string_view name) REQUIRES(mutex_);

  mutable report::Mutex mutex_;
  report::CondVar changed_;
  std::vector<Entry> entries_ GUARDED_BY(mutex_);
};

}  // namespace stoa::kit
