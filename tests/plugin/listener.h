// A host that keeps the answers it gets.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "plugin/inert_host.h"
#include "plugin/instance.h"

namespace stoa::plugin {

class Listener {
 public:
  Listener() : table_(inert_host()) {
    table_.context = this;
    table_.answer = [](const stoa_host* host, stoa_reply, const stoa_answer* answer) {
      static_cast<Listener*>(host->context)
          ->heard_.emplace_back(answer->body.data, answer->body.size);
      return STOA_OK;
    };
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  [[nodiscard]] const stoa_host& table() const { return table_; }
  [[nodiscard]] std::string last() const { return heard_.empty() ? "" : heard_.back(); }

 private:
  stoa_host table_;
  std::vector<std::string> heard_;
};

// A message as the host would bring it to `instance`.
inline stoa_event message(const Instance& instance, std::string_view name) {
  stoa_event event{};
  event.struct_size = sizeof event;
  event.kind = STOA_EVENT_MESSAGE;
  event.index = instance.library().interests().event_index(name);
  event.event = {name.data(), name.size()};
  return event;
}

}  // namespace stoa::plugin
