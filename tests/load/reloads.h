// The operator who reloads again and again.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "bench/load/meter.h"
#include "footprint.h"
#include "kit/server.h"
#include "report/mutex.h"

namespace stoa::load {

// How the server was when nobody came or went.
struct Sample {
  unsigned reloads = 0;
  Footprint footprint;
  std::size_t libraries = 0;  // in use, and retired
  std::size_t retired = 0;
};

struct ReloadOptions {
  unsigned count = 60;
  unsigned sample_every = 50;
  std::chrono::milliseconds every{0};  // from the begin of one to that of the next, at least
  std::size_t connections = 100;
};

// What the operator does.
enum class Stretch {
  kReloading,
  kResting,  // as long as the reloads before, to compare with
  kCounting,
};

// On a thread of its own, from start() to the end of all reloads. Each gives the namespace
// "changing" the other one of two plugins, and is over when all members have moved. They come in
// bouts, each with a rest after it: what they cost is seen beside it, whatever else the machine
// does in the minutes that it takes.
class Reloads {
 public:
  using Options = ReloadOptions;

  Reloads(const kit::Server& server, Options options) : server_(server), options_(options) {}

  // The manifest with this plugin for "changing".
  [[nodiscard]] static kit::Manifest manifest(const std::string& plugin, uint32_t workers);

  void start(uint32_t workers);
  [[nodiscard]] bool over() const { return over_; }
  [[nodiscard]] Stretch stretch() const { return stretch_; }
  void join() { thread_.join(); }

  // A sample is wanted, for which nobody comes or goes until it is taken: say so with still().
  [[nodiscard]] bool wants_stillness() const { return wants_stillness_; }
  void still();

  // Once it is over.
  [[nodiscard]] const std::vector<Sample>& samples() const { return samples_; }
  [[nodiscard]] unsigned done() const { return done_; }
  // What was refused or went wrong, a sentence each.
  [[nodiscard]] const std::vector<std::string>& failures() const { return failures_; }

 private:
  void run(uint32_t workers);
  void reload(const std::string& plugin, uint32_t workers);
  void rest(bench::Clock::time_point since);
  void sample(unsigned reloads);
  // Until nobody leaves any more and all connections are there; how many libraries are mapped.
  [[nodiscard]] Sample settled();

  const kit::Server& server_;
  const Options options_;
  std::vector<Sample> samples_;
  std::vector<std::string> failures_;
  unsigned done_ = 0;
  std::atomic<bool> over_ = false;
  std::atomic<Stretch> stretch_ = Stretch::kCounting;
  std::atomic<bool> wants_stillness_ = false;
  report::Mutex mutex_;
  report::CondVar changed_;
  bool still_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace stoa::load
