#include "net/acceptor.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "report/startup_error.h"

namespace stoa::net {
namespace {

// Newcomers must not starve those who are here.
constexpr int kAcceptsPerTurn = 64;
constexpr int kBacklog = 4096;
// How long nothing is accepted when descriptors ran out: a level-triggered loop would spin.
constexpr double kPauseSeconds = 0.2;

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
  [[nodiscard]] sockaddr* generic() { return reinterpret_cast<sockaddr*>(&storage); }
};

bool parse(const manifest::Listen& where, Address& to) {
  auto* const v4 = reinterpret_cast<sockaddr_in*>(&to.storage);
  if (inet_pton(AF_INET, where.address.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(where.port);
    to.size = sizeof(*v4);
    return true;
  }
  auto* const v6 = reinterpret_cast<sockaddr_in6*>(&to.storage);
  if (inet_pton(AF_INET6, where.address.c_str(), &v6->sin6_addr) != 1) return false;
  v6->sin6_family = AF_INET6;
  v6->sin6_port = htons(where.port);
  to.size = sizeof(*v6);
  return true;
}

[[noreturn]] void cannot_listen(const manifest::Listen& where, std::string_view why) {
  const bool v6 = where.address.find(':') != std::string::npos;
  const std::string address = v6 ? "[" + where.address + "]" : where.address;
  throw report::StartupError("server.listen: cannot listen on " + address + ":" +
                             std::to_string(where.port) + ": " + std::string(why));
}

// A bound and listening socket, alone on its port or one of several.
int listening_socket(const manifest::Listen& where, Address& address, bool one_of_several) {
  const int family = address.storage.ss_family;
  const int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) cannot_listen(where, std::strerror(errno));
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (one_of_several) setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
  if (family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
  if (bind(fd, address.generic(), address.size) != 0 || listen(fd, kBacklog) != 0) {
    const int error = errno;
    close(fd);
    cannot_listen(where, std::strerror(error));
  }
  return fd;
}

}  // namespace

Listener::Listener(const manifest::Listen& where, bool shared) : fd_(-1) {
  Address address;
  if (!parse(where, address)) cannot_listen(where, "not a numeric address");
  if (!shared && where.port != 0) close(listening_socket(where, address, false));
  fd_ = listening_socket(where, address, true);
}

Listener::Listener(Listener&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Listener::~Listener() {
  if (fd_ >= 0) close(fd_);
}

uint16_t Listener::port() const {
  Address address;
  address.size = sizeof(address.storage);
  getsockname(fd_, address.generic(), &address.size);
  if (address.storage.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<sockaddr_in6*>(&address.storage)->sin6_port);
  }
  return ntohs(reinterpret_cast<sockaddr_in*>(&address.storage)->sin_port);
}

Acceptor::Acceptor(struct ev_loop* loop, std::vector<Listener> listeners,
                   std::function<void(int)> adopt)
    : loop_(loop), adopt_(std::move(adopt)), resume_timer_{} {
  for (Listener& listener : listeners) {
    auto watch = std::make_unique<Watch>(Watch{{}, this, std::move(listener)});
    ev_io_init(
        &watch->io,
        [](struct ev_loop*, ev_io* io, int) {
          auto* const it = static_cast<Watch*>(io->data);
          it->self->accept_some(it->listener.fd());
        },
        watch->listener.fd(), EV_READ);
    watch->io.data = watch.get();
    watches_.push_back(std::move(watch));
  }
  ev_timer_init(
      &resume_timer_,
      [](struct ev_loop*, ev_timer* timer, int) { static_cast<Acceptor*>(timer->data)->resume(); },
      kPauseSeconds, 0.);
  resume_timer_.data = this;
  resume();
}

Acceptor::~Acceptor() {
  stop();
}

void Acceptor::stop() {
  pause();
  ev_timer_stop(loop_, &resume_timer_);
  watches_.clear();
}

void Acceptor::pause() {
  for (const auto& watch : watches_) ev_io_stop(loop_, &watch->io);
}

void Acceptor::resume() {
  for (const auto& watch : watches_) ev_io_start(loop_, &watch->io);
}

void Acceptor::accept_some(int listener) {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      adopt_(fd);
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      pause();
      ev_timer_set(&resume_timer_, kPauseSeconds, 0.);
      ev_timer_start(loop_, &resume_timer_);
      return;
    } else if (errno != ECONNABORTED && errno != EINTR) {
      return;
    }
  }
}

}  // namespace stoa::net
