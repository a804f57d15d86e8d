#include <charconv>

#include "echo.h"
#include "quantile.h"
#include "scenario.h"

namespace stoa::bench {
namespace {

constexpr const char* kNotices = "notices";  // the namespace
constexpr double kLastSeconds = 60;          // for what is still under way at the end
constexpr std::chrono::milliseconds kWindow{250};

// Tells the plugin to notify its members, at fixed times whether or not the earlier ones have
// arrived, and sees when they do.
class Notices : public Conversation {
 public:
  explicit Notices(const Options& options)
      : told_(event(options.dialect, kNotices, "", "tell")),
        heard_(event(options.dialect, kNotices, "", "notice")) {}

  void tell(Connection& teller, Clock::time_point due) {
    frame_.clear();
    append_masked(frame_, Opcode::kText, told_.around(std::to_string(due_.size())));
    due_.push_back(due);
    teller.send(frame_);
    late_.push_back(seconds_between(due, Clock::now()));
  }

  void heard(Connection&, std::string_view message) override {
    const std::string_view body = message.substr(std::min(heard_.before.size(), message.size()));
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(body.data(), body.data() + body.size(), number);
    if (error != std::errc() || number >= due_.size()) {
      ++unexpected_;
      return;
    }
    delays_.push_back(seconds_between(due_[number], Clock::now()));
    windows_.add(due_[number], delays_.back());
  }

  [[nodiscard]] std::size_t missing() const { return due_.size() - delays_.size(); }
  [[nodiscard]] uint64_t unexpected() const { return unexpected_; }
  // Of the last measurement.
  void enter(nlohmann::json& into, const std::string& prefix) {
    into[prefix + "p50_us"] = quantile(delays_, 0.50) * 1e6;
    into[prefix + "p99_us"] = quantile(delays_, 0.99) * 1e6;
    into[prefix + "typical_p99_us"] = windows_.typical(0.99) * 1e6;
  }
  std::vector<double>& late() { return late_; }
  // Another measurement begins.
  void clear() {
    due_.clear();
    delays_.clear();
    windows_.clear();
    late_.clear();
  }

 private:
  Envelope told_;
  Envelope heard_;
  std::string frame_;
  std::vector<Clock::time_point> due_;  // of each
  std::vector<double> delays_;          // from due to heard
  Windows windows_{kWindow};            // the same
  std::vector<double> late_;            // from due to told
  uint64_t unexpected_ = 0;
};

// Polls without waiting: a sleeping client would be late.
void notify_for(double seconds, double rate, Swarm& swarm, Notices& notices, Connection& teller) {
  const auto begin = Clock::now();
  const auto total = static_cast<uint64_t>(seconds * rate);
  for (uint64_t i = 0; i < total;) {
    const auto due = begin + std::chrono::duration_cast<Clock::duration>(
                                 std::chrono::duration<double>(static_cast<double>(i) / rate));
    if (Clock::now() >= due) {
      notices.tell(teller, due);
      ++i;
    }
    swarm.poll(0);
  }
  swarm.run_until([&] { return notices.missing() == 0; }, kLastSeconds);
}

void measure(const Options& options, Swarm& swarm, Notices& notices, Connection& teller) {
  notify_for(options.warmup_s, options.rate, swarm, notices, teller);
  notices.clear();
  notify_for(options.seconds, options.rate, swarm, notices, teller);
}

}  // namespace

nlohmann::json run_neighbours(const Options& options) {
  Swarm swarm(options.port, options.dialect, options.spin);
  Notices notices(options);
  const auto members = swarm.dial_all(
      options.idle, notices, [&](std::size_t) { return opening(options.dialect, kNotices, {}); });
  Script script;
  script.add(event(options.dialect, options.ns, "", options.event), body_of(options.body_bytes));
  Echoer noise(std::vector<Script>(options.connections, script), options.in_flight);
  const auto noisy = swarm.dial_all(options.connections, noise, [&](std::size_t) {
    return opening(options.dialect, options.ns, {});
  });

  nlohmann::json result;
  measure(options, swarm, notices, *members.front());
  notices.enter(result, "quiet_");

  noise.begin(noisy);
  CpuMeter cpu(options.server_pid, [&swarm] { return swarm.idle_seconds(); });
  cpu.start();
  const uint64_t echoes_before = noise.echoes();
  const auto begin = Clock::now();
  measure(options, swarm, notices, *members.front());
  const double elapsed = seconds_between(begin, Clock::now());
  cpu.stop();
  notices.enter(result, "");
  result["late_p99_us"] = quantile(notices.late(), 0.99) * 1e6;
  result["noise_rate"] = static_cast<double>(noise.echoes() - echoes_before) / elapsed;
  result["lost"] = notices.missing();
  result["unexpected"] = notices.unexpected();
  add_common(result, cpu, swarm);
  return result;
}

}  // namespace stoa::bench
