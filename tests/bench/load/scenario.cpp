#include "scenario.h"

#include <stdexcept>

namespace stoa::bench {

void finish(Swarm& swarm, const std::function<bool()>& done) {
  constexpr double kSeconds = 120;
  if (!swarm.run_until(done, kSeconds)) throw std::runtime_error("not finished in two minutes");
}

void add_common(nlohmann::json& result, const CpuMeter& cpu, const Swarm& swarm) {
  result["server_cpu"] = cpu.server();
  result["client_cpu"] = cpu.client();
  result["others_cpu"] = cpu.others();
  result["broken"] = swarm.broken();
  if (swarm.broken() != 0) result["trouble"] = swarm.trouble();
}

std::string body_of(std::size_t size) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::string body;
  body.reserve(size);
  for (std::size_t i = 0; i < size; ++i) body.push_back(kLetters[i * 7 % kLetters.size()]);
  return body;
}

}  // namespace stoa::bench
