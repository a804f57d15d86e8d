#include <array>
#include <charconv>
#include <limits>

#include "ledger.h"
#include "scenario.h"

namespace stoa::bench {
namespace {

constexpr const char* kRoom = "hall";
constexpr std::size_t kDigits = 12;     // of the number at the beginning of each body
constexpr double kStallSeconds = 0.25;  // then the messages in flight are given up as lost

std::string numbered(std::string body, uint64_t number) {
  for (std::size_t i = kDigits; i-- > 0; number /= 10)
    body[i] = static_cast<char>('0' + number % 10);
  return body;
}

class Room : public Conversation {
 public:
  explicit Room(const Options& options)
      : envelope_(event(options.dialect, options.ns, kRoom, options.event)),
        body_(body_of(std::max(options.body_bytes, kDigits))),
        window_(options.in_flight),
        ledgers_(options.connections) {}

  void begin(Connection& sender) {
    sender_ = &sender;
    fill_window();
  }
  // Sends no more than so many in all.
  void limit(uint64_t messages) { limit_ = messages; }
  void stop() { limit_ = sent_; }

  void heard(Connection& connection, std::string_view message) override {
    const std::size_t size = envelope_.before.size() + body_.size() + envelope_.after.size();
    uint64_t number = 0;
    if (message.size() != size || !message.starts_with(envelope_.before) ||
        !read_number(message.substr(envelope_.before.size(), body_.size()), number)) {
      ++unexpected_;
      return;
    }
    ledgers_[connection.index()].enter(number, tally_);
  }

  void read_done(Connection& connection) override {
    if (&connection == sender_ && connection.open()) fill_window();
  }

  // Lets the sender go on if none of its own messages has come back for a while.
  void watch_for_stall() {
    const uint64_t own = ledgers_[sender_->index()].next();
    const auto now = Clock::now();
    if (own != last_own_ || own >= sent_) {
      last_own_ = own;
      last_progress_ = now;
    } else if (seconds_between(last_progress_, now) > kStallSeconds) {
      ++stalls_;
      given_up_ = sent_;
      last_progress_ = now;
      fill_window();
    }
  }

  [[nodiscard]] uint64_t lost() const {
    uint64_t lost = 0;
    for (const Ledger& ledger : ledgers_) lost += ledger.lost(sent_);
    return lost;
  }
  [[nodiscard]] const Tally& tally() const { return tally_; }
  [[nodiscard]] uint64_t sent() const { return sent_; }
  [[nodiscard]] uint64_t unexpected() const { return unexpected_; }
  [[nodiscard]] uint64_t stalls() const { return stalls_; }

 private:
  bool read_number(std::string_view body, uint64_t& number) const {
    const auto [end, error] = std::from_chars(body.data(), body.data() + kDigits, number);
    return error == std::errc() && end == body.data() + kDigits && number < sent_ &&
           body.substr(kDigits) == std::string_view(body_).substr(kDigits);
  }

  void fill_window() {
    frames_.clear();
    const uint64_t done = std::max(ledgers_[sender_->index()].next(), given_up_);
    while (sent_ < limit_ && sent_ < done + window_) {
      append_masked(frames_, Opcode::kText, envelope_.around(numbered(body_, sent_++)));
    }
    if (!frames_.empty()) sender_->send(frames_);
  }

  Envelope envelope_;
  std::string body_;
  uint64_t window_;
  std::vector<Ledger> ledgers_;  // by connection
  Connection* sender_ = nullptr;
  std::string frames_;
  uint64_t limit_ = std::numeric_limits<uint64_t>::max();
  uint64_t sent_ = 0;
  uint64_t given_up_ = 0;  // numbers below it are not waited for
  uint64_t unexpected_ = 0;
  uint64_t stalls_ = 0;
  uint64_t last_own_ = 0;
  Clock::time_point last_progress_ = Clock::now();
  Tally tally_;
};

void run_watched(Swarm& swarm, Room& room, double seconds) {
  const auto deadline = Clock::now() + std::chrono::duration<double>(seconds);
  while (Clock::now() < deadline) {
    swarm.poll(10);
    room.watch_for_stall();
  }
}

// Waits until everyone has everything, or until nothing has come for a second and a half.
void drain(Swarm& swarm, Room& room) {
  uint64_t delivered = 0;
  do {
    delivered = room.tally().delivered;
    if (swarm.run_until([&] { return room.lost() == 0; }, 1.5)) return;
  } while (room.tally().delivered != delivered);
}

nlohmann::json fan_out_counted(const Options& options, Swarm& swarm, Room& room,
                               Connection& sender) {
  const uint64_t due = options.messages * options.connections;
  room.limit(options.messages);
  room.begin(sender);
  finish(swarm, [&] { return room.tally().delivered == due; });
  return {{"messages", options.messages}};
}

}  // namespace

nlohmann::json run_fan_out(const Options& options) {
  Swarm swarm(options.port, options.dialect, options.spin);
  Room room(options);
  const auto members = swarm.dial_all(options.connections, room, [&](std::size_t) {
    return opening(options.dialect, options.ns, {kRoom});
  });
  swarm.run_for(0.2);  // notices of the last to join
  const uint64_t noise = room.unexpected();
  if (options.messages != 0) return fan_out_counted(options, swarm, room, *members.front());
  room.begin(*members.front());
  run_watched(swarm, room, options.warmup_s);

  CpuMeter cpu(options.server_pid, [&swarm] { return swarm.idle_seconds(); });
  cpu.start();
  const uint64_t before = room.tally().delivered;
  const auto begin = Clock::now();
  run_watched(swarm, room, options.seconds);
  const double elapsed = seconds_between(begin, Clock::now());
  cpu.stop();
  nlohmann::json result;
  result["rate"] = static_cast<double>(room.tally().delivered - before) / elapsed;

  room.stop();
  drain(swarm, room);
  result["sent"] = room.sent();
  result["due"] = room.sent() * options.connections;
  result["delivered"] = room.tally().delivered;
  result["lost"] = room.lost();
  result["reordered"] = room.tally().reordered;
  result["duplicated"] = room.tally().duplicated;
  result["unexpected"] = room.unexpected() - noise;
  result["stalls"] = room.stalls();
  add_common(result, cpu, swarm);
  return result;
}

}  // namespace stoa::bench
