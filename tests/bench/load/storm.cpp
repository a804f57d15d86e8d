#include <stdexcept>

#include "scenario.h"

namespace stoa::bench {
namespace {

class Visitor : public Conversation {
 public:
  void opened(Connection& connection) override {
    ++opened_;
    connection.hang_up();
    gone_.push_back(&connection);
  }
  void heard(Connection&, std::string_view) override {}

  [[nodiscard]] uint64_t opened() const { return opened_; }
  // Those that left since the last call.
  std::vector<Connection*> take_gone() { return std::exchange(gone_, {}); }

 private:
  uint64_t opened_ = 0;
  std::vector<Connection*> gone_;
};

nlohmann::json storm_counted(const Options& options, Swarm& swarm, Visitor& visitor) {
  const std::vector<Step> steps = opening(options.dialect, options.ns, {});
  for (uint64_t i = 0; i < options.messages; ++i) {
    swarm.dial(0, visitor, steps);
    finish(swarm, [&] { return visitor.opened() > i; });
  }
  return {{"messages", visitor.opened()}};
}

}  // namespace

nlohmann::json run_storm(const Options& options) {
  Swarm swarm(options.port, options.dialect, options.spin);
  Visitor visitor;
  if (options.messages != 0) return storm_counted(options, swarm, visitor);
  const std::vector<Step> steps = opening(options.dialect, options.ns, {});
  for (std::size_t i = 0; i < options.connections; ++i) swarm.dial(i, visitor, steps);
  const auto come_and_go = [&](double seconds) {
    const auto deadline = Clock::now() + std::chrono::duration<double>(seconds);
    while (Clock::now() < deadline) {
      swarm.poll(10);
      for (Connection* gone : visitor.take_gone()) swarm.replace(*gone, visitor, steps);
    }
  };
  come_and_go(options.warmup_s);

  CpuMeter cpu(options.server_pid, [&swarm] { return swarm.idle_seconds(); });
  cpu.start();
  const uint64_t opened_before = visitor.opened();
  const auto begin = Clock::now();
  come_and_go(options.seconds);
  const double elapsed = seconds_between(begin, Clock::now());
  cpu.stop();

  nlohmann::json result;
  result["rate"] = static_cast<double>(visitor.opened() - opened_before) / elapsed;
  add_common(result, cpu, swarm);
  return result;
}

}  // namespace stoa::bench
