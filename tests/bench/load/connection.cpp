#include "connection.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace stoa::bench {

Connection::Connection(int epoll, uint16_t port, Dialect dialect, std::size_t index,
                       Conversation& conversation, std::vector<Step> steps)
    : epoll_(epoll),
      dialect_(dialect),
      index_(index),
      conversation_(conversation),
      steps_(std::move(steps)) {
  fd_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) throw std::runtime_error(std::string("socket: ") + std::strerror(errno));
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  const linger at_once{1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));

  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0 &&
      errno != EINPROGRESS) {
    throw std::runtime_error(std::string("connect: ") + std::strerror(errno));
  }
  epoll_event interest{};
  interest.events = EPOLLOUT;
  interest.data.ptr = this;
  epoll_ctl(epoll_, EPOLL_CTL_ADD, fd_, &interest);
}

void Connection::send(std::string_view frames) {
  if (fd_ < 0) return;
  if (!unsent_.empty()) {
    unsent_.append(frames);
    return;
  }
  const ssize_t n = ::send(fd_, frames.data(), frames.size(), MSG_NOSIGNAL);
  if (n < 0 && errno != EAGAIN) return fail(std::string("send: ") + std::strerror(errno));
  const std::size_t sent = n < 0 ? 0 : static_cast<std::size_t>(n);
  if (sent == frames.size()) return;
  unsent_.assign(frames.substr(sent));
  watch(true);
}

void Connection::hang_up() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
  state_ = State::kClosed;
}

void Connection::on_ready(uint32_t epoll_events, std::string& buffer) {
  if (fd_ >= 0 && (epoll_events & EPOLLOUT) != 0) flush();
  if (fd_ >= 0 && (epoll_events & ~static_cast<uint32_t>(EPOLLOUT)) != 0) read(buffer);
}

void Connection::fail(const std::string& why) {
  trouble_ = why;
  hang_up();
}

void Connection::flush() {
  if (state_ == State::kConnecting) {
    watch(false);
    return say_upgrade();
  }
  std::string waiting;
  waiting.swap(unsent_);
  send(waiting);
  if (unsent_.empty() && fd_ >= 0) watch(false);
}

void Connection::watch(bool writable) {
  epoll_event interest{};
  interest.events = EPOLLIN;
  if (writable) interest.events |= EPOLLOUT;
  interest.data.ptr = this;
  epoll_ctl(epoll_, EPOLL_CTL_MOD, fd_, &interest);
}

void Connection::say_upgrade() {
  state_ = State::kUpgrading;
  send("GET " + request_target(dialect_) +
       " HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
       "Sec-WebSocket-Key: c3RvYSBiZW5jaCBrZXkgMQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
}

// Says what the next step has to say. A step that awaits nothing is done with that.
void Connection::say_next_step() {
  while (step_ < steps_.size()) {
    std::string frame;
    if (!steps_[step_].say.empty()) append_masked(frame, Opcode::kText, steps_[step_].say);
    if (!frame.empty()) send(frame);
    if (!steps_[step_].hear.empty()) return;
    ++step_;
  }
  if (fd_ < 0) return;
  state_ = State::kOpen;
  conversation_.opened(*this);
}

void Connection::read(std::string& buffer) {
  const ssize_t n = recv(fd_, buffer.data(), buffer.size(), 0);
  if (n < 0 && errno == EAGAIN) return;
  if (n < 0) return fail(std::string("recv: ") + std::strerror(errno));
  if (n == 0) return fail("the server closed the connection");
  std::string_view bytes(buffer.data(), static_cast<std::size_t>(n));
  if (rest_.empty()) {
    consume(bytes);
    rest_.assign(bytes);
  } else {
    rest_.append(bytes);
    bytes = rest_;
    consume(bytes);
    rest_.erase(0, rest_.size() - bytes.size());
  }
  if (fd_ >= 0) conversation_.read_done(*this);
}

void Connection::consume(std::string_view& bytes) {
  if (state_ == State::kUpgrading && !consume_upgrade(bytes)) return;
  bool bad = false;
  while (fd_ >= 0) {
    const auto frame = take_frame(bytes, bad);
    if (bad) return fail("the server sent a frame that this client does not read");
    if (!frame) return;
    hear(*frame);
  }
}

bool Connection::consume_upgrade(std::string_view& bytes) {
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return false;
  const std::string_view status = bytes.substr(0, bytes.find('\r'));
  if (!status.starts_with("HTTP/1.1 101")) {
    fail("the upgrade was refused: " + std::string(status));
    return false;
  }
  bytes.remove_prefix(end + 4);
  state_ = State::kOpening;
  say_next_step();
  return true;
}

void Connection::hear(const ServerFrame& frame) {
  if (frame.opcode == Opcode::kText || frame.opcode == Opcode::kBinary) {
    hear_text(frame.payload);
  } else if (frame.opcode == Opcode::kPing) {
    std::string pong;
    append_masked(pong, Opcode::kPong, frame.payload);
    send(pong);
  } else if (frame.opcode == Opcode::kPong) {
    conversation_.ponged(*this);
  } else {
    fail("the server sent a close frame");
  }
}

void Connection::hear_text(std::string_view message) {
  const std::string_view alive = sign_of_life(dialect_, message);
  if (!alive.empty()) {
    std::string frame;
    append_masked(frame, Opcode::kText, alive);
    return send(frame);
  }
  if (state_ == State::kOpen) return conversation_.heard(*this, message);
  // Other messages may come in between: notices of a room, a welcome.
  if (!message.starts_with(steps_[step_].hear)) return;
  ++step_;
  say_next_step();
}

}  // namespace stoa::bench
