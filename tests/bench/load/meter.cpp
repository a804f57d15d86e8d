#include "meter.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

namespace stoa::bench {

double cpu_seconds(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(file, line);
  // The name in parentheses may hold blanks: fields are counted from behind it. The 12th and 13th
  // from there are the ticks spent in user and kernel mode.
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream fields(line.substr(name_end + 1));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double machine_cpu_seconds() {
  std::ifstream file("/proc/stat");
  std::string name;
  double user = 0;
  double nice = 0;
  double system = 0;
  file >> name >> user >> nice >> system;
  return (user + nice + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

uint64_t resident_bytes(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/smaps_rollup");
  std::string word;
  while (file >> word) {
    uint64_t kilobytes = 0;
    if (word == "Rss:" && file >> kilobytes) return kilobytes * 1024;
  }
  return 0;
}

void CpuMeter::start() {
  begin_ = Clock::now();
  server_begin_ = cpu_seconds(server_);
  client_begin_ = cpu_seconds(getpid());
  idle_begin_ = client_idle_();
  machine_begin_ = machine_cpu_seconds();
}

void CpuMeter::stop() {
  const double elapsed = seconds_between(begin_, Clock::now());
  server_share_ = (cpu_seconds(server_) - server_begin_) / elapsed;
  client_share_ = (cpu_seconds(getpid()) - client_begin_) / elapsed;
  const double machine = (machine_cpu_seconds() - machine_begin_) / elapsed;
  others_share_ = std::max(0.0, machine - server_share_ - client_share_);
  client_share_ = std::max(0.0, client_share_ - (client_idle_() - idle_begin_) / elapsed);
}

}  // namespace stoa::bench
