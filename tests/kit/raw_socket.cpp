#include "raw_socket.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace stoa::kit {
namespace {

using Clock = std::chrono::steady_clock;

constexpr uint16_t kNoStatus = 1005;
constexpr uint8_t kClose = 0x8;
constexpr uint8_t kPing = 0x9;
constexpr uint8_t kPong = 0xA;

int connect_to(uint16_t port, int receive_buffer) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) throw std::system_error(errno, std::generic_category(), "socket");
  if (receive_buffer > 0) {
    setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  }
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    const int error = errno;
    close(socket);
    throw std::system_error(error, std::generic_category(), "connect");
  }
  return socket;
}

// The big-endian bytes of a number.
std::string big_endian(uint64_t number, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) text.push_back(static_cast<char>(number >> (8 * i) & 0xff));
  return text;
}

uint64_t from_big_endian(std::string_view bytes) {
  uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<uint8_t>(byte);
  return number;
}

// Takes a whole frame from the front of `buffer`, if there is one.
std::optional<ServerFrame> take_frame(std::string& buffer) {
  if (buffer.size() < 2) return std::nullopt;
  const auto first = static_cast<uint8_t>(buffer[0]);
  uint64_t size = static_cast<uint8_t>(buffer[1]) & 0x7f;
  const std::size_t extra = size == 126 ? 2 : size == 127 ? 8 : 0;
  if (buffer.size() < 2 + extra) return std::nullopt;
  if (extra > 0) size = from_big_endian(std::string_view(buffer).substr(2, extra));
  if (buffer.size() - 2 - extra < size) return std::nullopt;
  ServerFrame frame;
  frame.opcode = first & 0x0f;
  frame.fin = (first & 0x80) != 0;
  frame.payload = buffer.substr(2 + extra, size);
  buffer.erase(0, 2 + extra + size);
  return frame;
}

}  // namespace

std::string RawFrame::bytes() const {
  const uint64_t size = declared_size.value_or(payload.size());
  const uint8_t mask_bit = masked ? 0x80 : 0;
  std::string frame;
  frame.push_back(static_cast<char>((fin ? 0x80 : 0) | reserved << 4 | opcode));
  if (size < 126) {
    frame.push_back(static_cast<char>(mask_bit | size));
  } else if (size <= 0xffff) {
    frame.push_back(static_cast<char>(mask_bit | 126));
    frame += big_endian(size, 2);
  } else {
    frame.push_back(static_cast<char>(mask_bit | 127));
    frame += big_endian(size, 8);
  }
  if (!masked) return frame + payload;
  const std::string key = big_endian(mask, 4);
  frame += key;
  for (std::size_t i = 0; i < payload.size(); ++i) {
    frame.push_back(static_cast<char>(payload[i] ^ key[i % 4]));
  }
  return frame;
}

uint16_t ServerFrame::close_code() const {
  if (payload.size() < 2) return kNoStatus;
  return static_cast<uint16_t>(from_big_endian(payload.substr(0, 2)));
}

std::string ServerFrame::close_reason() const {
  return payload.size() > 2 ? payload.substr(2) : std::string();
}

RawSocket::RawSocket(uint16_t port, int receive_buffer)
    : socket_(connect_to(port, receive_buffer)) {}

RawSocket::~RawSocket() {
  if (socket_ >= 0) close(socket_);
}

bool RawSocket::send(std::string_view bytes) {
  const auto deadline = Clock::now() + kPatience;
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    if (errno != EAGAIN || Clock::now() >= deadline) return false;
    pollfd writable{socket_, POLLOUT, 0};
    poll(&writable, 1, 100);
  }
  return true;
}

bool RawSocket::receive_some(Clock::time_point deadline) {
  if (ended_) return false;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  pollfd readable{socket_, POLLIN, 0};
  if (left <= 0 || poll(&readable, 1, static_cast<int>(left)) <= 0) return false;
  std::array<char, 64 * 1024> chunk{};
  const ssize_t got = recv(socket_, chunk.data(), chunk.size(), 0);
  if (got <= 0) {
    ended_ = true;
    return false;
  }
  buffer_.append(chunk.data(), static_cast<std::size_t>(got));
  return true;
}

std::optional<std::string> RawSocket::receive_until(std::string_view mark,
                                                    std::chrono::milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  for (;;) {
    const std::size_t at = buffer_.find(mark);
    if (at != std::string::npos) {
      std::string text = buffer_.substr(0, at + mark.size());
      buffer_.erase(0, text.size());
      return text;
    }
    if (!receive_some(deadline)) return std::nullopt;
  }
}

std::optional<ServerFrame> RawSocket::receive_frame(std::chrono::milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  for (;;) {
    if (auto frame = take_frame(buffer_)) return frame;
    if (!receive_some(deadline)) return std::nullopt;
  }
}

std::string RawSocket::receive_message() {
  for (;;) {
    const std::optional<ServerFrame> frame = receive_frame();
    if (!frame || frame->opcode == kClose) {
      ADD_FAILURE() << "no message came, but " << (frame ? "a close frame" : "nothing");
      return {};
    }
    if (frame->opcode == kPing) {
      send(RawFrame{.opcode = kPong, .payload = frame->payload}.bytes());
    } else if (frame->opcode != kPong) {
      return frame->payload;
    }
  }
}

bool RawSocket::wait_end(std::chrono::milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  while (receive_some(deadline)) buffer_.clear();
  return ended_;
}

std::string RawSocket::upgrade(std::string_view path, std::string_view more) {
  return "GET " + std::string(path) +
         " HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" +
         std::string(more) + "\r\n";
}

int RawSocket::handshake(std::string_view path, std::string_view more) {
  if (!send(upgrade(path, more))) return 0;
  const std::optional<std::string> head = receive_until("\r\n\r\n");
  const std::size_t space = head ? head->find(' ') : std::string::npos;
  return space == std::string::npos ? 0 : std::atoi(head->c_str() + space + 1);
}

std::string RawSocket::acknowledge(std::string_view path) {
  EXPECT_EQ(handshake(path), 101);
  EXPECT_TRUE(send_text("M"));
  const std::string answer = receive_message();
  const bool accepted = !answer.empty() && answer[0] == 'A';
  EXPECT_TRUE(accepted) << "no acknowledgement";
  return accepted ? answer.substr(1) : std::string();
}

void RawSocket::shut_down_sending() {
  shutdown(socket_, SHUT_WR);
}

void RawSocket::reset() {
  const linger at_once{1, 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(socket_);
  socket_ = -1;
}

}  // namespace stoa::kit
