// Teaches: timers, pushing to everyone, configuration that may change while the server runs.
//
//   tick   is sent to everyone every `period_ms` (config, default 1000): the time
//   now    replies with the time
//   alarm  takes a number of ms; when they are over, `alarm` is sent to that one client
#include <charconv>
#include <ctime>
#include <stoa/plugin.hpp>

using std::chrono::milliseconds;

namespace {

constexpr stoa::Error kNotANumber{"not a number"};
constexpr stoa::Error kOutOfRange{"out of range"};

// The longest time to an alarm that we promise: 24 hours.
constexpr milliseconds kLongest = std::chrono::hours(24);

// The whole of `text` as a decimal number.
milliseconds parse(std::string_view text) {
  milliseconds::rep number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, failure] = std::from_chars(text.data(), end, number);
  if (failure != std::errc() || rest != end) throw kNotANumber;
  return milliseconds(number);
}

}  // namespace

class Clock : public stoa::Plugin {
 public:
  explicit Clock(const stoa::Setup& setup) : Plugin(setup) { configure(config()); }

  static void handlers(stoa::Handlers<Clock>& on) {
    on("now", &Clock::now);
    on("alarm", &Clock::alarm);
    on.config(&Clock::configure);
  }

 private:
  void configure(const stoa::Config& config) {
    config.only({"period_ms"});
    const milliseconds period(config.get("period_ms", 1000u));
    const stoa::Timer next = every(period, [this] { everyone().emit("tick", now()); });
    if (!next) throw stoa::ConfigError("The config key \"period_ms\" must be 1..2678400000.");
    ticking_.stop();
    ticking_ = next;
  }

  // ISO 8601, UTC: "2026-10-31T12:00:00Z".
  std::string now() {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(wall_time());
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char text[sizeof("2026-10-31T12:00:00Z")] = "";
    std::strftime(text, sizeof(text), "%FT%TZ", &parts);
    return text;
  }

  stoa::Result alarm(stoa::Member member, stoa::Message msg) {
    const milliseconds delay = parse(msg.body);
    if (delay < milliseconds(0) || delay > kLongest) return kOutOfRange;
    if (!after(delay, [member] { member.emit("alarm"); })) return stoa::error("too many alarms");
    return {};
  }

  stoa::Timer ticking_;
};

STOA_PLUGIN(Clock, "clock", "1.0.0")
