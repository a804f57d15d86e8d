// A TCP connection to the server, byte by byte: for tests of what no well-behaved client does.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "process.h"

namespace stoa::kit {

// What a masked client frame is made of. The defaults are a whole text frame.
struct RawFrame {
  uint8_t opcode = 0x1;
  bool fin = true;
  uint8_t reserved = 0;  // the three RSV bits, as 0..7
  bool masked = true;
  uint32_t mask = 0x1a2b3c4d;
  std::optional<uint64_t> declared_size = {};  // a length in the header that is not the payload's
  std::string payload = {};

  [[nodiscard]] std::string bytes() const;
};

// A frame as the server sent it.
struct ServerFrame {
  uint8_t opcode = 0;
  bool fin = true;
  std::string payload = {};

  // Of a close frame: its code (1005: none), and its reason.
  [[nodiscard]] uint16_t close_code() const;
  [[nodiscard]] std::string close_reason() const;
};

// Owned by the test; not thread-safe. Everything that waits has a deadline, and its failure is
// visible in the result.
class RawSocket {
 public:
  // Connects to 127.0.0.1. `receive_buffer` limits the system's buffer for a client that is slow to
  // read; 0 leaves it alone. Throws std::system_error.
  explicit RawSocket(uint16_t port, int receive_buffer = 0);
  ~RawSocket();
  RawSocket(const RawSocket&) = delete;
  RawSocket& operator=(const RawSocket&) = delete;

  // False if the server does not take the bytes.
  bool send(std::string_view bytes);
  bool send_text(std::string_view payload) {
    return send(RawFrame{.payload = std::string(payload)}.bytes());
  }

  // Everything up to and including `mark`. Empty if it did not come in time.
  std::optional<std::string> receive_until(std::string_view mark,
                                           std::chrono::milliseconds timeout = kPatience);
  // The next frame. Empty if there is none in time, or the connection ended.
  std::optional<ServerFrame> receive_frame(std::chrono::milliseconds timeout = kPatience);
  // The payload of the next text or binary frame. Answers the pings that come before it, as a
  // client must. The test fails if there is none.
  std::string receive_message();
  // True once the server closed or reset the connection; what it sent before is skipped.
  bool wait_end(std::chrono::milliseconds timeout = kPatience);

  // An upgrade request with everything it needs, and `more` header lines, each ending in CRLF.
  static std::string upgrade(std::string_view path = "/", std::string_view more = {});
  // Sends it, and returns the status of the answer; 0 if there was none.
  int handshake(std::string_view path = "/", std::string_view more = {});
  // The handshake, then the protocol's acknowledgement. Returns the id; the test fails without.
  std::string acknowledge(std::string_view path = "/");

  void shut_down_sending();
  // Closes with a reset, in mid-frame or not.
  void reset();

 private:
  // Reads some more into buffer_. False at the end or after the deadline.
  bool receive_some(std::chrono::steady_clock::time_point deadline);

  int socket_ = -1;
  bool ended_ = false;
  std::string buffer_;  // received, not consumed yet
};

}  // namespace stoa::kit
