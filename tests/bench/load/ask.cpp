#include <deque>

#include "quantile.h"
#include "scenario.h"

namespace stoa::bench {
namespace {

constexpr std::chrono::milliseconds kWindow{10};
constexpr uint64_t kFirstToken = 1'000'000'000;  // all tokens have ten digits

// A question that waits for its answer.
struct Pending {
  uint64_t token;
  Clock::time_point due;
};

class Asker : public Conversation {
 public:
  explicit Asker(const Options& options)
      : dialect_(options.dialect),
        ns_(options.ns),
        event_(options.event),
        body_(body_of(options.body_bytes)),
        waiting_(options.connections) {}

  void ask(Connection& connection, Clock::time_point due) {
    const uint64_t token = kFirstToken + asked_++;
    frame_.clear();
    append_masked(frame_, Opcode::kText,
                  question(dialect_, ns_, event_, std::to_string(token)).around(body_));
    waiting_[connection.index()].push_back({token, due});
    connection.send(frame_);
    if (recording_) late_.push_back(seconds_between(due, Clock::now()));
  }

  void heard(Connection& connection, std::string_view message) override {
    auto& waiting = waiting_[connection.index()];
    if (waiting.empty() || message != expected(waiting.front().token)) {
      // Before the recording: what greets a client that has just connected.
      if (recording_) ++unexpected_;
      return;
    }
    if (recording_) {
      const Clock::time_point due = waiting.front().due;
      round_trips_.push_back(seconds_between(due, Clock::now()));
      windows_.add(due, round_trips_.back());
    }
    waiting.pop_front();
    ++answered_;
  }

  void record(bool on) { recording_ = on; }
  [[nodiscard]] uint64_t unanswered() const { return asked_ - answered_; }
  [[nodiscard]] uint64_t unexpected() const { return unexpected_; }
  std::vector<double>& round_trips() { return round_trips_; }
  // The same, by the hundredth of a second in which they were due.
  Windows& windows() { return windows_; }
  std::vector<double>& late() { return late_; }

 private:
  std::string expected(uint64_t token) const {
    return answer(dialect_, ns_, event_, std::to_string(token)).around(body_);
  }

  Dialect dialect_;
  std::string ns_;
  std::string event_;
  std::string body_;
  std::vector<std::deque<Pending>> waiting_;  // by connection
  std::string frame_;
  bool recording_ = false;
  uint64_t asked_ = 0;
  uint64_t answered_ = 0;
  uint64_t unexpected_ = 0;
  std::vector<double> round_trips_;
  Windows windows_{kWindow};
  std::vector<double> late_;  // how long after its moment a question left
};

// Asks in turn on all connections, at the times that `rate` sets. Polls without waiting: a sleeping
// client would be late.
void ask_for(double seconds, double rate, Swarm& swarm, Asker& asker,
             const std::vector<Connection*>& connections) {
  const auto begin = Clock::now();
  const auto total = static_cast<uint64_t>(seconds * rate);
  for (uint64_t i = 0; i < total;) {
    const auto due = begin + std::chrono::duration_cast<Clock::duration>(
                                 std::chrono::duration<double>(static_cast<double>(i) / rate));
    if (Clock::now() >= due) {
      asker.ask(*connections[i % connections.size()], due);
      ++i;
    }
    swarm.poll(0);
  }
}

}  // namespace

nlohmann::json run_ask(const Options& options) {
  Swarm swarm(options.port, options.dialect, options.spin);
  Asker asker(options);
  const auto connections = swarm.dial_all(options.connections, asker, [&](std::size_t) {
    return opening(options.dialect, options.ns, {});
  });
  ask_for(options.warmup_s, options.rate, swarm, asker, connections);
  CpuMeter cpu(options.server_pid, [&swarm] { return swarm.idle_seconds(); });
  cpu.start();
  asker.record(true);
  ask_for(options.seconds, options.rate, swarm, asker, connections);
  cpu.stop();
  swarm.run_until([&] { return asker.unanswered() == 0; }, 2);

  nlohmann::json result;
  result["rate"] = options.rate;
  result["p50_us"] = quantile(asker.round_trips(), 0.50) * 1e6;
  result["p99_us"] = quantile(asker.round_trips(), 0.99) * 1e6;
  result["typical_p99_us"] = asker.windows().typical(0.99) * 1e6;
  result["late_p99_us"] = quantile(asker.late(), 0.99) * 1e6;
  result["lost"] = asker.unanswered();
  result["unexpected"] = asker.unexpected();
  add_common(result, cpu, swarm);
  return result;
}

}  // namespace stoa::bench
