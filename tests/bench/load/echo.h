// Connections that keep a number of messages in flight.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "connection.h"

namespace stoa::bench {

// What one connection says, over and over: each message with the echo it must bring.
struct Script {
  std::vector<std::string> frames;  // masked
  std::vector<std::string> echoes;

  void add(const Envelope& envelope, std::string_view body);
};

// Compares every echo with its message, in the order of sending.
class Echoer : public Conversation {
 public:
  // Connection k follows scripts[k].
  Echoer(std::vector<Script> scripts, std::size_t in_flight);

  // Sends the first messages.
  void begin(const std::vector<Connection*>& connections);
  // Sends no more than so many in all.
  void limit(uint64_t messages) { limit_ = messages; }
  // Sends nothing new any more: what is in flight comes back and is counted.
  void stop() { limit_ = sent_; }

  [[nodiscard]] uint64_t echoes() const { return echoes_; }
  [[nodiscard]] uint64_t sent() const { return sent_; }
  // Messages that were no echo of what was sent next.
  [[nodiscard]] uint64_t unexpected() const { return unexpected_; }

  void heard(Connection& connection, std::string_view message) override;
  void read_done(Connection& connection) override;

 private:
  struct Place {
    std::size_t say = 0;      // the next message of the script
    std::size_t hear = 0;     // the next echo
    std::size_t missing = 0;  // messages to send to have in_flight_ under way
  };

  void refill(Connection& connection);

  std::vector<Script> scripts_;
  std::vector<Place> places_;
  std::size_t in_flight_;
  std::string scratch_;
  uint64_t limit_ = std::numeric_limits<uint64_t>::max();
  uint64_t echoes_ = 0;
  uint64_t sent_ = 0;
  uint64_t unexpected_ = 0;
};

}  // namespace stoa::bench
