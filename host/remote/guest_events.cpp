#include "remote/guest_events.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>

namespace stoa::remote {

namespace {

constexpr std::size_t kUsual = std::size_t{256} * 1024;

}  // namespace

Record GuestEvents::next(const std::function<void()>& before_waiting) {
  for (;;) {
    std::string_view left(buffer_.data() + begin_, end_ - begin_);
    if (const auto record = next_record(left, UINT32_MAX)) {
      begin_ = end_ - left.size();
      return *record;
    }
    make_room();
    if (!drained_ && read(MSG_DONTWAIT)) continue;
    before_waiting();
    while (!read(0)) {
    }
  }
}

// False if there is nothing to be read.
bool GuestEvents::read(int flags) {
  const ssize_t got = ::recv(socket_, buffer_.data() + end_, buffer_.size() - end_, flags);
  if (got > 0) {
    drained_ = static_cast<std::size_t>(got) < buffer_.size() - end_;
    end_ += static_cast<std::size_t>(got);
    return true;
  }
  if (got < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK)) return false;
  if (got < 0 && errno != ECONNRESET) throw std::system_error(errno, std::generic_category());
  ::_exit(1);
}

// What is there moves to the front, and there is as much room again behind it. What a large event
// left is given back.
void GuestEvents::make_room() {
  std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
            buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
  end_ -= begin_;
  begin_ = 0;
  if (end_ == 0 && buffer_.size() > kUsual) buffer_ = {};
  buffer_.resize(std::max(kUsual, end_ * 2));
}

}  // namespace stoa::remote
