// The two ends of a Unix socket, byte by byte.
#pragma once

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kit/process.h"
#include "plugin/file_descriptor.h"

namespace stoa::ops {

using Json = nlohmann::json;
using kit::kPatience;

// One end of a connection. Owned by the test; what waits has a deadline.
class UnixClient {
 public:
  // Connects. Throws std::system_error.
  explicit UnixClient(const std::filesystem::path& path);
  explicit UnixClient(plugin::FileDescriptor socket) : socket_(std::move(socket)) {}

  // False if the other end does not take the bytes.
  bool send(std::string_view bytes);
  void shut_down_sending() const;
  void leave() { socket_.close(); }

  // The next line without its end. Empty if there is none in time, or at the end.
  std::optional<std::string> line(std::chrono::milliseconds timeout = kPatience);
  // All lines to the end of the connection, each read as JSON. The test fails if the last one is
  // not whole, or the end does not come.
  std::vector<Json> rest();
  // The last of them.
  Json answer() { return rest().back(); }
  // True if the connection ended, maybe in the middle of a line; what came is skipped.
  bool wait_end();

 private:
  // Reads some more. False at the end or after the deadline.
  bool receive(std::chrono::steady_clock::time_point deadline);

  plugin::FileDescriptor socket_;
  std::string received_;
  bool ended_ = false;
};

// A place where a server could be, in the hands of the test.
class UnixListener {
 public:
  // Throws std::system_error.
  explicit UnixListener(const std::filesystem::path& path);
  // Waits for the next client.
  [[nodiscard]] UnixClient accept() const;

 private:
  plugin::FileDescriptor socket_;
};

}  // namespace stoa::ops
