// One client of the control socket.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "plugin/file_descriptor.h"

namespace stoa::ops {

struct ControlLimits {
  uint32_t requests = 8;  // at a time: a step, and those who look on
  // From the connection to the end of the request's line: a program sends it at once.
  std::chrono::milliseconds request_time{5'000};
  // For the client to read the end of the answer: stop() waits for it.
  std::chrono::milliseconds answer_time{5'000};
  std::size_t request_bytes = 64 * 1024;   // far more than the longest command
  std::size_t progress_bytes = 64 * 1024;  // that wait for the client; more is dropped
};

// Reads the one request of a client and sends the lines of its answer. Owned by the ControlSocket,
// used by one thread at a time.
class ControlConnection {
 public:
  // `socket` is non-blocking; `limits` outlives this.
  ControlConnection(plugin::FileDescriptor socket, const ControlLimits& limits);

  // Waits for the request: its line without the end. Empty if the client left without a word.
  // Throws Refusal if it is too long, late or incomplete, or once `stop` can be read.
  [[nodiscard]] std::optional<std::string> read_request(int stop);

  // Who the client is, as the system knows it: the name of its user, or "uid 1000". Throws Refusal.
  [[nodiscard]] std::string peer() const;

  // Sends {"progress": text}, unless the client is gone or too slow to read. Never waits.
  void tell(std::string_view text);
  // Sends `answer` as the last line. Waits for a client that is slow to read, up to a limit.
  void finish(const nlohmann::json& answer);
  void close() noexcept { socket_.close(); }

 private:
  // Reads some more of the request. False at its end.
  bool receive(std::string& request);
  // Sends as much of waiting_ as the client takes at this moment.
  void send_some();

  plugin::FileDescriptor socket_;
  const ControlLimits& limits_;
  std::string waiting_;  // whole lines, the first perhaps sent in part
  bool gone_ = false;    // the client does not listen any more
};

}  // namespace stoa::ops
