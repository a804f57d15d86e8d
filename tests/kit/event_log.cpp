#include "event_log.h"

#include <algorithm>
#include <utility>

namespace stoa::kit {

Event Event::of(const client::Message& m) {
  return {std::string(m.ns),
          std::string(m.room),
          std::string(m.event),
          std::string(m.body),
          m.binary,
          m.error,
          m.ask,
          m.local,
          m.forced};
}

std::string Event::text() const {
  return ns + (room.empty() ? "" : "/" + room) + " " + event + (body.empty() ? "" : " " + body);
}

void EventLog::record(Event event) {
  const report::MutexLock lock(mutex_);
  entries_.push_back({std::move(event)});
  changed_.notify_all();
}

EventLog::Entry* EventLog::find(std::string_view name) {
  const auto at = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return !entry.taken && entry.event.event == name;
  });
  return at == entries_.end() ? nullptr : &*at;
}

std::optional<Event> EventLog::take(std::string_view name, std::chrono::milliseconds timeout) {
  const report::MutexLock lock(mutex_);
  Entry* found = nullptr;
  changed_.wait_for(mutex_, timeout,
                    [&]() REQUIRES(mutex_) { return (found = find(name)) != nullptr; });
  if (found == nullptr) return std::nullopt;
  found->taken = true;
  return found->event;
}

bool EventLog::has(std::string_view name) const {
  const report::MutexLock lock(mutex_);
  return std::any_of(entries_.begin(), entries_.end(),
                     [&](const Entry& entry) { return !entry.taken && entry.event.event == name; });
}

std::vector<std::string> EventLog::story() const {
  const report::MutexLock lock(mutex_);
  std::vector<std::string> texts;
  for (const Entry& entry : entries_) {
    Event bare = entry.event;
    bare.body.clear();
    texts.push_back(bare.text());
  }
  return texts;
}

std::vector<std::string> EventLog::story(std::string_view ns) const {
  const report::MutexLock lock(mutex_);
  std::vector<std::string> texts;
  for (const Entry& entry : entries_) {
    if (entry.event.ns != ns) continue;
    Event bare = entry.event;
    bare.body.clear();
    bare.ns.clear();
    texts.push_back(bare.text());
  }
  return texts;
}

void EventLog::clear() {
  const report::MutexLock lock(mutex_);
  entries_.clear();
}

}  // namespace stoa::kit
