// What a library says of itself, and where its events go. For the layer itself, not for plugins.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../plugin.h"
#include "../plugin/event.hpp"
#include "../plugin/result.hpp"

namespace stoa {

class Plugin;

namespace detail {

using Handler = std::function<Result(Plugin&, Call&)>;

// The handlers of one class of plugins, filled once by Handlers and constant afterwards: it is
// shared by all instances and their threads. The descriptor that is made of it points into it.
class Table {
 public:
  Table() = default;
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  void add_event(std::string_view name, Handler handler) {
    const std::string& kept = names_.emplace_back(name);
    raw_names_.push_back(bytes(kept));
    by_event_.push_back(std::move(handler));
    handles_ |= STOA_HANDLES(STOA_EVENT_MESSAGE);
  }

  void set_handler(uint32_t kind, Handler handler) {
    by_kind_.at(kind) = std::move(handler);
    handles_ |= STOA_HANDLES(kind);
  }

  // The same for the variant of the kind that is about the namespace as a whole: connection 0.
  void set_whole_handler(uint32_t kind, Handler handler) {
    whole_by_kind_.at(kind) = std::move(handler);
    handles_ |= STOA_HANDLES(kind);
  }

  void set_any(Handler handler) {
    any_ = std::move(handler);
    handles_ |= STOA_HANDLES_ANY;
  }

  void set_concurrent() { flags_ |= STOA_PLUGIN_CONCURRENT; }

  // The handler of an event, or the wildcard, or an empty one.
  [[nodiscard]] const Handler& find(const stoa_event& event) const {
    if (event.kind == STOA_EVENT_MESSAGE && event.index < by_event_.size()) {
      return by_event_[event.index];
    }
    if (event.kind >= by_kind_.size()) return none_;
    const bool whole = event.connection == 0 && has_whole_variant(event.kind);
    const Handler& found = (whole ? whole_by_kind_ : by_kind_)[event.kind];
    return !found && for_wildcard(event.kind) ? any_ : found;
  }

  // Does the plugin learn who comes into the namespace and its rooms, and who leaves them?
  [[nodiscard]] bool follows_members() const { return (handles_ & kMembership) != 0; }

  // Without the functions, which the entry adds. Points into this.
  [[nodiscard]] stoa_plugin_descriptor describe(const char* name, const char* version) const {
    stoa_plugin_descriptor descriptor{};
    descriptor.magic = STOA_MAGIC;
    descriptor.struct_size = sizeof(stoa_plugin_descriptor);
    descriptor.abi_major = STOA_ABI_MAJOR;
    descriptor.abi_minor = STOA_ABI_MINOR;
    descriptor.name = name;
    descriptor.version = version;
    descriptor.handles = handles_;
    descriptor.flags = flags_;
    descriptor.event_count = static_cast<uint32_t>(raw_names_.size());
    descriptor.events = raw_names_.data();
    return descriptor;
  }

 private:
  static bool has_whole_variant(uint32_t kind) {
    return kind >= STOA_EVENT_EXPORT && kind <= STOA_EVENT_IMPORT;
  }
  static bool for_wildcard(uint32_t kind) {
    return kind == STOA_EVENT_MESSAGE ||
           (kind >= STOA_EVENT_CONNECT && kind <= STOA_EVENT_ROOM_LEFT);
  }

  // From CONNECT to ROOM_LEFT, and the wildcard, which gets them too.
  static constexpr uint64_t kMembership =
      STOA_HANDLES_ANY |
      (STOA_HANDLES(STOA_EVENT_ROOM_LEFT + 1) - STOA_HANDLES(STOA_EVENT_CONNECT));

  // The layer itself waits for these.
  static constexpr uint64_t kAlways = STOA_HANDLES(STOA_EVENT_ANSWER) |
                                      STOA_HANDLES(STOA_EVENT_TIMER) |
                                      STOA_HANDLES(STOA_EVENT_POSTED);

  std::array<Handler, STOA_EVENT_ATTACH + 1> by_kind_;
  std::array<Handler, STOA_EVENT_ATTACH + 1> whole_by_kind_;
  Handler any_;
  Handler none_;  // stays empty
  std::vector<Handler> by_event_;
  std::vector<stoa_bytes> raw_names_;
  std::deque<std::string> names_;  // a deque: raw_names_ points to its strings
  uint64_t handles_ = kAlways;
  uint32_t flags_ = 0;
};

}  // namespace detail

}  // namespace stoa
