// One client connection: upgrade, opening steps, then frames both ways.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dialect.h"
#include "frame.h"

namespace stoa::bench {

class Connection;

// What a scenario does on its connections. Called on the one thread there is, from Swarm::poll().
class Conversation {
 public:
  virtual ~Conversation() = default;
  // The opening steps are done.
  virtual void opened(Connection&) {}
  // A message that came after the opening. Borrowed until the return.
  virtual void heard(Connection&, std::string_view message) = 0;
  // Everything that one read brought has been heard: the moment to send the answers at once.
  virtual void read_done(Connection&) {}
  // The server sent a pong.
  virtual void ponged(Connection&) {}
};

// Owned by its Swarm. Never blocks: what the socket does not take is kept and sent later.
class Connection {
 public:
  // Begins to connect to the loopback's `port`. Throws std::runtime_error if that fails at once.
  Connection(int epoll, uint16_t port, Dialect dialect, std::size_t index,
             Conversation& conversation, std::vector<Step> steps);
  ~Connection() { hang_up(); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Its place among the connections of its conversation.
  [[nodiscard]] std::size_t index() const { return index_; }
  [[nodiscard]] bool open() const { return state_ == State::kOpen; }
  // Gone: the server closed it, it broke, or hang_up() was called.
  [[nodiscard]] bool closed() const { return state_ == State::kClosed; }
  // Why, if it was not hang_up().
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

  // Sends bytes that already are masked frames.
  void send(std::string_view frames);
  // Closes without a farewell, so that no port lingers.
  void hang_up();

  // The socket is ready. `buffer` is scratch space shared by all connections.
  void on_ready(uint32_t epoll_events, std::string& buffer);

 private:
  enum class State { kConnecting, kUpgrading, kOpening, kOpen, kClosed };

  void fail(const std::string& why);
  void say_upgrade();
  void say_next_step();
  void read(std::string& buffer);
  void consume(std::string_view& bytes);
  bool consume_upgrade(std::string_view& bytes);
  void hear(const ServerFrame& frame);
  void hear_text(std::string_view message);
  void flush();
  void watch(bool writable);

  int epoll_;
  int fd_ = -1;
  Dialect dialect_;
  std::size_t index_;
  Conversation& conversation_;
  std::vector<Step> steps_;
  std::size_t step_ = 0;
  State state_ = State::kConnecting;
  std::string rest_;    // the beginning of a frame whose end has not come
  std::string unsent_;  // what the socket did not take
  std::string trouble_;
};

}  // namespace stoa::bench
