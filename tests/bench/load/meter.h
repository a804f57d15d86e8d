// What processes cost: CPU time and memory, read from the kernel.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <utility>

namespace stoa::bench {

using Clock = std::chrono::steady_clock;

[[nodiscard]] inline double seconds_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

// User and system time of a process so far, in seconds; 0 if it is gone.
[[nodiscard]] double cpu_seconds(pid_t pid);
// Busy time of all cores of the machine so far, in seconds.
[[nodiscard]] double machine_cpu_seconds();
// Resident memory in bytes: what the kernel's smaps_rollup says; 0 if it is gone.
[[nodiscard]] uint64_t resident_bytes(pid_t pid);

// The share of one core that the server, this process and the rest of the machine use from start()
// to stop().
class CpuMeter {
 public:
  // `client_idle` is how long this process has spun in vain so far, which is not counted as use.
  CpuMeter(pid_t server, std::function<double()> client_idle)
      : server_(server), client_idle_(std::move(client_idle)) {}

  void start();
  void stop();
  [[nodiscard]] double server() const { return server_share_; }
  [[nodiscard]] double client() const { return client_share_; }
  [[nodiscard]] double others() const { return others_share_; }

 private:
  pid_t server_;
  std::function<double()> client_idle_;
  Clock::time_point begin_{};
  double server_begin_ = 0;
  double client_begin_ = 0;
  double idle_begin_ = 0;
  double machine_begin_ = 0;
  double server_share_ = 0;
  double client_share_ = 0;
  double others_share_ = 0;
};

}  // namespace stoa::bench
