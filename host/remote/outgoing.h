// Bytes on their way into a socket that takes what it can.
#pragma once

#include <cstddef>
#include <string>

namespace stoa::remote {

// A buffer that a large record made larger than this gives it back when it is empty.
inline constexpr std::size_t kKeep = std::size_t{1} << 20;

// Append to buffer(), then write(). Keeps what was not taken.
class Outgoing {
 public:
  [[nodiscard]] std::string& buffer() noexcept { return buffer_; }
  [[nodiscard]] std::size_t size() const noexcept { return buffer_.size() - written_; }

  // Writes as much as the socket takes without waiting. False: nobody reads there any more.
  [[nodiscard]] bool write(int socket);

 private:
  std::string buffer_;
  std::size_t written_ = 0;  // of its front
};

}  // namespace stoa::remote
