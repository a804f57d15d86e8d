#include "unix_client.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "ops/unix_address.h"

namespace stoa::ops {
namespace {

using Clock = std::chrono::steady_clock;
using plugin::FileDescriptor;

void check(bool good, const char* what) {
  if (!good) throw std::system_error(errno, std::generic_category(), what);
}

bool wait_readable(int socket, Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  pollfd readable{socket, POLLIN, 0};
  return ::poll(&readable, 1, left > 0 ? static_cast<int>(left) : 0) == 1;
}

}  // namespace

UnixClient::UnixClient(const std::filesystem::path& path)
    : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  check(::connect(socket_.number(), unix_address(path).value().generic(), UnixAddress::size()) == 0,
        "connect");
}

bool UnixClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void UnixClient::shut_down_sending() const {
  ::shutdown(socket_.number(), SHUT_WR);
}

std::optional<std::string> UnixClient::line(std::chrono::milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  for (;;) {
    if (const std::size_t end = received_.find('\n'); end != std::string::npos) {
      std::string first = received_.substr(0, end);
      received_.erase(0, end + 1);
      return first;
    }
    if (!receive(deadline)) return std::nullopt;
  }
}

std::vector<Json> UnixClient::rest() {
  std::vector<Json> lines;
  while (const auto next = line()) lines.push_back(Json::parse(*next, nullptr, false));
  EXPECT_TRUE(ended_) << "the connection did not end";
  EXPECT_EQ(received_, "") << "the last line is not whole";
  if (lines.empty()) lines.emplace_back();
  return lines;
}

bool UnixClient::wait_end() {
  while (receive(Clock::now() + kPatience)) {
  }
  return ended_;
}

bool UnixClient::receive(Clock::time_point deadline) {
  if (ended_ || !wait_readable(socket_.number(), deadline)) return false;
  std::array<char, 64 * 1024> chunk;
  const ssize_t got = ::recv(socket_.number(), chunk.data(), chunk.size(), 0);
  ended_ = got <= 0;
  if (!ended_) received_.append(chunk.data(), static_cast<std::size_t>(got));
  return !ended_;
}

UnixListener::UnixListener(const std::filesystem::path& path)
    : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  check(::bind(socket_.number(), unix_address(path).value().generic(), UnixAddress::size()) == 0,
        "bind");
  check(::listen(socket_.number(), 1) == 0, "listen");
}

UnixClient UnixListener::accept() const {
  const bool came = wait_readable(socket_.number(), Clock::now() + kPatience);
  FileDescriptor client(came ? ::accept4(socket_.number(), nullptr, nullptr, SOCK_CLOEXEC) : -1);
  check(client.open(), "accept");
  return UnixClient(std::move(client));
}

}  // namespace stoa::ops
