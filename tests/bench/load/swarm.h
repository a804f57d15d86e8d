// Many connections on one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "connection.h"
#include "meter.h"

namespace stoa::bench {

// Owns the connections and the epoll loop they live on. One thread.
class Swarm {
 public:
  // With `spin` it never sleeps. A server has to wake a client that sleeps, with an interrupt of
  // the other core: the faster the client, the more of that the server pays, and no real client's
  // sleep is its cost.
  Swarm(uint16_t port, Dialect dialect, bool spin);
  ~Swarm();
  Swarm(const Swarm&) = delete;
  Swarm& operator=(const Swarm&) = delete;

  // The opening steps of the connection with this index.
  using StepsOf = std::function<std::vector<Step>(std::size_t index)>;

  // Begins one more connection. It stays valid until the swarm ends or replace() is called for it.
  Connection& dial(std::size_t index, Conversation& conversation, std::vector<Step> steps);
  // Opens `count` of them, a few at a time, and returns them by index when all are open. Throws
  // std::runtime_error if one fails or if it takes more than two minutes.
  std::vector<Connection*> dial_all(std::size_t count, Conversation& conversation,
                                    const StepsOf& steps_of);
  // Destroys a connection and begins another in its place.
  Connection& replace(Connection& old, Conversation& conversation, std::vector<Step> steps);

  // Handles what is ready, waiting for it at most `timeout_ms`.
  void poll(int timeout_ms);
  // Polls for so long.
  void run_for(double seconds);
  // Polls until `done` or for so long. Returns whether it was done.
  bool run_until(const std::function<bool()>& done, double seconds);

  // How long it has polled in vain, if it spins: then its CPU time does not say how busy it is.
  [[nodiscard]] double idle_seconds() const { return idle_seconds_; }

  // How many connections went away although nobody here hung up.
  [[nodiscard]] std::size_t broken() const;
  // Why one of them did, or nothing.
  [[nodiscard]] std::string trouble() const;

 private:
  int epoll_;
  uint16_t port_;
  Dialect dialect_;
  bool spin_;
  double idle_seconds_ = 0;
  std::string buffer_;  // what one read brings
  std::vector<std::unique_ptr<Connection>> connections_;
};

}  // namespace stoa::bench
