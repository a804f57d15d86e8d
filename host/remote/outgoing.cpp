#include "remote/outgoing.h"

#include <sys/socket.h>

#include <cerrno>

namespace stoa::remote {

bool Outgoing::write(int socket) {
  while (size() > 0) {
    const ssize_t sent =
        ::send(socket, buffer_.data() + written_, size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) {
      if (written_ > kKeep) {
        buffer_.erase(0, written_);
        written_ = 0;
      }
      return errno == EAGAIN || errno == EWOULDBLOCK;
    }
    written_ += static_cast<std::size_t>(sent);
  }
  buffer_.clear();
  written_ = 0;
  if (buffer_.capacity() > kKeep) buffer_.shrink_to_fit();
  return true;
}

}  // namespace stoa::remote
