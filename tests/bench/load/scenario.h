// The scenarios: each puts one kind of load on a server and tells what came of it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "dialect.h"
#include "meter.h"
#include "swarm.h"

namespace stoa::bench {

struct Options {
  uint16_t port = 0;
  pid_t server_pid = 0;  // whose CPU time and memory are read
  Dialect dialect = Dialect::kNeffos;
  std::string ns = "default";
  std::string event = "echo";
  std::size_t connections = 64;
  std::size_t in_flight = 1;
  std::size_t body_bytes = 64;
  std::size_t namespaces =
      0;                  // more than 0: connection k is in "n<k mod namespaces>" instead of ns
  std::size_t rooms = 0;  // more than 0: each connection is alone in so many rooms
  std::size_t idle = 0;   // connections that stay silent
  bool asks = false;      // echo: as questions and answers
  uint64_t messages = 0;  // more than 0: stop after so many, instead of after a time
  double rate = 1000;     // asks per second
  bool spin = false;      // poll without sleeping
  double warmup_s = 0.5;
  double seconds = 2;
};

// With Options::messages, echo, fan-out and storm do exactly so much work in the same steps each
// time, for counting the server's instructions, and their results hold no times.

// `in_flight` messages on each connection, each replaced when its echo is back. Every echo is
// compared with what was sent.
nlohmann::json run_echo(const Options& options);
// Asks at fixed times, whether or not earlier ones were answered. An answer's time counts from the
// moment its question was due, so that a server that stalls cannot hide it.
nlohmann::json run_ask(const Options& options);
// One sender with `in_flight` messages into a room of all connections; every member checks that it
// gets each message once and in order.
nlohmann::json run_fan_out(const Options& options);
// `idle` silent connections: memory of each, CPU time of the server while nothing happens, and the
// echo rate of `connections` busy ones among them.
nlohmann::json run_idle(const Options& options);
// Connections that open (namespace included), close and are opened anew, `connections` at a time.
nlohmann::json run_storm(const Options& options);

// `idle` members of the namespace "notices" get messages one after the other, `rate` a second in
// all: how long each takes from when it was due, without and with `connections` beside them that
// keep `in_flight` messages each under way in another namespace.
nlohmann::json run_neighbours(const Options& options);

// Polls until `done`. Throws std::runtime_error if that takes more than two minutes.
void finish(Swarm& swarm, const std::function<bool()>& done);

// What every result has: shares of a core, and connections that broke.
void add_common(nlohmann::json& result, const CpuMeter& cpu, const Swarm& swarm);

// A body that is the same in each run: letters and digits, no two neighbours alike.
[[nodiscard]] std::string body_of(std::size_t size);

}  // namespace stoa::bench
