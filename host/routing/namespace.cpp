#include "routing/namespace.h"

#include <array>

#include "routing/host_table.h"
#include "routing/router.h"

namespace stoa::routing {
namespace {

constexpr std::size_t kMaxNumbers = 100;

}  // namespace

Namespace::Namespace(Router& router, std::string name, std::size_t index,
                     std::size_t max_message_bytes, std::chrono::milliseconds ask_timeout)
    : router_(router),
      name_(std::move(name)),
      index_(index),
      max_message_bytes_(max_message_bytes),
      ask_timeout_(ask_timeout),
      host_(make_host_table(*this)) {}

void Namespace::serve_by(std::shared_ptr<const plugin::Library> library,
                         std::string_view config_json, bool serialise) {
  speaker_ = "plugin/" + std::string(library->descriptor().name);
  config_json_ = config_json;
  instance_ =
      std::make_unique<plugin::Instance>(std::move(library), name_, config_json, host_, serialise);
}

void Namespace::complain(std::string_view function, int32_t result) noexcept {
  const bool answer = result == STOA_ERR_NOT_FOUND || result == STOA_ERR_CONFLICT;
  const report::Level level = answer ? report::Level::kDebug : report::Level::kWarn;
  report::Log& log = router_.log();
  if (!log.enabled(level)) return;
  const auto kept_back = answer ? 0 : complaints_.pass();
  if (!kept_back) return;
  const std::string code = std::to_string(result);
  const std::string since = std::to_string(*kept_back);
  const std::array<report::Field, 4> fields{
      {{"function", function}, {"code", code}, {"namespace", name_}, {"kept_back", since}}};
  log.write(level, speaker_, "a call of the host failed", fields);
}

uint64_t Namespace::add_timer() {
  const report::MutexLock lock(timers_mutex_);
  if (timers_.size() >= Limits::kMaxTimersPerInstance) return 0;
  timers_.insert(++last_timer_);
  return last_timer_;
}

bool Namespace::remove_timer(uint64_t timer) {
  const report::MutexLock lock(timers_mutex_);
  return timers_.erase(timer) != 0;
}

bool Namespace::timer_live(uint64_t timer) {
  const report::MutexLock lock(timers_mutex_);
  return timers_.contains(timer);
}

double* Namespace::number(std::string_view name) {
  if (const auto at = numbers_.find(name); at != numbers_.end()) return &at->second;
  if (numbers_.size() >= kMaxNumbers) return nullptr;
  return &numbers_.emplace(name, 0.0).first->second;
}

bool Namespace::count(std::string_view counter, uint64_t amount) {
  const report::MutexLock lock(numbers_mutex_);
  double* const value = number(counter);
  if (value) *value += static_cast<double>(amount);
  return value != nullptr;
}

bool Namespace::measure(std::string_view gauge, double value) {
  const report::MutexLock lock(numbers_mutex_);
  double* const present = number(gauge);
  if (present) *present = value;
  return present != nullptr;
}

std::map<std::string, double, std::less<>> Namespace::numbers() {
  const report::MutexLock lock(numbers_mutex_);
  return numbers_;
}

}  // namespace stoa::routing
