// The guest's end of the events' socket.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

#include "remote/record.h"

namespace stoa::remote {

// Belongs to one thread. The process ends when the host is gone.
class GuestEvents {
 public:
  explicit GuestEvents(int socket) : socket_(socket) {}

  // The next record, which is valid until the next call. Reads as many at a time as there are, and
  // calls `before_waiting` if there is none. Throws Nonsense.
  [[nodiscard]] Record next(const std::function<void()>& before_waiting);

 private:
  [[nodiscard]] bool read(int flags);
  void make_room();

  const int socket_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // of what was not handed out
  std::size_t end_ = 0;
  bool drained_ = false;  // the last look found less than there was room for
};

}  // namespace stoa::remote
