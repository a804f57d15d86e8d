// A client's message kept beyond its frame, to be answered later.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "wire/message.h"

namespace stoa::routing {

// Everything of it that its answer repeats: not the body. In one piece of memory.
class OwnedMessage {
 public:
  OwnedMessage(const wire::Received& m, bool in_binary)
      : wait_(m.wait.size()),
        ns_(m.ns.size()),
        room_(m.room.size()),
        event_(m.event.size()),
        is_error_(m.is_error),
        binary_(in_binary) {
    text_.reserve(wait_ + ns_ + room_ + event_ + m.head.size());
    text_.append(m.wait).append(m.ns).append(m.room).append(m.event).append(m.head);
  }

  [[nodiscard]] std::string_view wait() const noexcept { return part(0, wait_); }
  [[nodiscard]] std::string_view ns() const noexcept { return part(wait_, ns_); }
  [[nodiscard]] std::string_view room() const noexcept { return part(wait_ + ns_, room_); }
  [[nodiscard]] std::string_view event() const noexcept {
    return part(wait_ + ns_ + room_, event_);
  }
  // A binary message is answered in binary.
  [[nodiscard]] bool binary() const noexcept { return binary_; }

  [[nodiscard]] wire::Received view() const noexcept {
    return {{.wait = wait(), .ns = ns(), .room = room(), .event = event(), .is_error = is_error_},
            part(wait_ + ns_ + room_ + event_, text_.size())};
  }

 private:
  [[nodiscard]] std::string_view part(std::size_t from, std::size_t size) const noexcept {
    return std::string_view(text_).substr(from, size);
  }

  std::string text_;
  std::size_t wait_;
  std::size_t ns_;
  std::size_t room_;
  std::size_t event_;
  bool is_error_;
  bool binary_;
};

}  // namespace stoa::routing
