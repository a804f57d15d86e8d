#include <cstddef>

#include "echo.h"
#include "scenario.h"

namespace stoa::bench {
namespace {

// Says nothing by itself; counts the pongs it gets.
class Silent : public Conversation {
 public:
  void heard(Connection&, std::string_view) override {}
  void ponged(Connection&) override { ++pongs_; }
  [[nodiscard]] std::size_t pongs() const { return pongs_; }

 private:
  std::size_t pongs_ = 0;
};

// A connection that lives has seen pings: memory is measured after each had one, so that a server
// does not look smaller than it will be a minute later.
void ping_each(Swarm& swarm, const std::vector<Connection*>& connections, const Silent& silent) {
  std::string ping;
  append_masked(ping, Opcode::kPing, "bench");
  std::size_t sent = 0;
  for (Connection* connection : connections) {
    connection->send(ping);
    if (++sent % 256 == 0) swarm.poll(0);
  }
  swarm.run_until([&] { return silent.pongs() >= sent; }, 10);
}

}  // namespace

nlohmann::json run_idle(const Options& options) {
  Swarm swarm(options.port, options.dialect, options.spin);
  const auto steps = [&](std::size_t) { return opening(options.dialect, options.ns, {}); };
  Script script;
  script.add(event(options.dialect, options.ns, "", options.event), body_of(options.body_bytes));
  Echoer echoer(std::vector<Script>(options.connections, script), options.in_flight);
  Silent silent;

  nlohmann::json result;
  const uint64_t memory_before = resident_bytes(options.server_pid);
  const auto idle = swarm.dial_all(options.idle, silent, steps);
  ping_each(swarm, idle, silent);
  swarm.run_for(1);
  const auto growth =
      static_cast<double>(resident_bytes(options.server_pid)) - static_cast<double>(memory_before);
  if (options.idle != 0) result["bytes_each"] = growth / static_cast<double>(options.idle);

  // The busy ones come last, so that they have no better place in any table than the idle ones.
  const auto busy = swarm.dial_all(options.connections, echoer, steps);
  CpuMeter cpu(options.server_pid, [&swarm] { return swarm.idle_seconds(); });
  cpu.start();
  swarm.run_for(options.seconds);
  cpu.stop();
  result["idle_cpu"] = cpu.server();

  echoer.begin(busy);
  swarm.run_for(options.warmup_s);
  const uint64_t echoes_before = echoer.echoes();
  const auto begin = Clock::now();
  cpu.start();
  swarm.run_for(options.seconds);
  cpu.stop();
  result["rate"] =
      static_cast<double>(echoer.echoes() - echoes_before) / seconds_between(begin, Clock::now());
  add_common(result, cpu, swarm);
  return result;
}

}  // namespace stoa::bench
