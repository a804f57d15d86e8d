// What befalls a plugin's process, one fault after the other.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "bench/load/meter.h"
#include "footprint.h"
#include "kit/server.h"

namespace stoa::load {

// One way to fail.
struct Fault {
  const char* name = "";     // the plugin faulty is asked for it
  const char* trouble = "";  // how the server must say it, in its status
  int signal = 0;            // not 0: instead of asking, it comes from outside
  const char* late = "";     // how else, where the machine is slow; empty: not at all
};

// How the server was after so many of them.
struct FaultSample {
  unsigned faults = 0;
  Footprint footprint;
  uint64_t shared_mappings = 0;
  std::size_t children = 0;
  std::size_t zombies = 0;
};

// On a thread of its own, from start() until all have happened. The next one happens when the
// namespace is back.
class Faults {
 public:
  struct Options {
    unsigned count = 30;
    uint32_t workers = 2;
  };

  // Those that can be had here, in their order.
  [[nodiscard]] static const std::vector<Fault>& kinds();
  [[nodiscard]] static kit::Manifest manifest(uint32_t workers);
  // Threads are limited for other users than root only, and only root makes a process another's.
  [[nodiscard]] static bool can_limit_threads();

  Faults(const kit::Server& server, Options options) : server_(server), options_(options) {}

  void start();
  [[nodiscard]] bool over() const { return over_; }
  void join() { thread_.join(); }

  // Once it is over.
  [[nodiscard]] unsigned done() const { return done_; }
  // What was not as it should be, a sentence each.
  [[nodiscard]] const std::vector<std::string>& failures() const { return failures_; }
  [[nodiscard]] const std::vector<FaultSample>& samples() const { return samples_; }
  // How much later than its backoff the namespace was back, in seconds, by the fault's name.
  [[nodiscard]] const std::map<std::string, std::vector<double>>& delays() const { return delays_; }

 private:
  using Clock = bench::Clock;
  using Json = nlohmann::ordered_json;
  class Victim;

  void run();
  void befall(const Fault& fault, Victim& victim);
  void cause(const Fault& fault, Victim& victim, pid_t pid);
  [[nodiscard]] std::chrono::milliseconds backoff(Clock::time_point failed);
  [[nodiscard]] static bool is_back(Victim& victim);
  void sample(unsigned faults);
  // What the status says of it, with the state "not alone" while another one is leaving.
  [[nodiscard]] Json version();
  [[nodiscard]] std::optional<Json> wait_for(const std::function<bool(const Json&)>& is_so);
  void complain(const Fault& fault, const std::string& what);

  const kit::Server& server_;
  const Options options_;
  unsigned done_ = 0;
  std::vector<std::string> failures_;
  std::vector<FaultSample> samples_;
  std::map<std::string, std::vector<double>> delays_;
  std::deque<Clock::time_point> recent_;
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

}  // namespace stoa::load
