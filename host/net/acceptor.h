// Listening sockets.
#pragma once

#include <ev.h>

#include <functional>
#include <string>
#include <vector>

#include "manifest/manifest.h"

namespace stoa::net {

// A bound and listening TCP socket. Several workers each have one for the same address and port
// (SO_REUSEPORT): the kernel spreads connections over them.
class Listener {
 public:
  // Throws report::StartupError: address in use, not allowed, not here. The first listener of a
  // process must not be `shared`: it finds out whether another process listens there already, which
  // SO_REUSEPORT alone would not tell.
  Listener(const manifest::Listen& where, bool shared);
  ~Listener();
  Listener(Listener&& other) noexcept;
  Listener& operator=(Listener&&) = delete;

  [[nodiscard]] int fd() const noexcept { return fd_; }
  // The port, also where the system chose it.
  [[nodiscard]] uint16_t port() const;

 private:
  int fd_;
};

// Accepts from some listeners on one loop, and hands each new socket (non-blocking) to `adopt`,
// which owns it from then on. Loop thread only.
class Acceptor {
 public:
  Acceptor(struct ev_loop* loop, std::vector<Listener> listeners, std::function<void(int)> adopt);
  ~Acceptor();
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  // Accepts no more, and closes the listening sockets.
  void stop();

 private:
  struct Watch {
    ev_io io;
    Acceptor* self;
    Listener listener;
  };

  void accept_some(int listener);
  void pause();
  void resume();

  struct ev_loop* loop_;
  std::function<void(int)> adopt_;
  std::vector<std::unique_ptr<Watch>> watches_;
  ev_timer resume_timer_;
};

}  // namespace stoa::net
