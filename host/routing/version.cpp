#include "routing/version.h"

#include "routing/host_table.h"
#include "routing/namespace.h"
#include "routing/router.h"
#include "routing/shard.h"

namespace stoa::routing {

Version::Version(Namespace& ns, std::string name, uint64_t number,
                 std::shared_ptr<const plugin::Library> library, std::string config_json)
    : ns_(ns),
      name_(std::move(name)),
      number_(number),
      library_(std::move(library)),
      speaker_("plugin/" + std::string(library_->descriptor().name)),
      config_json_(std::move(config_json)),
      stats_(std::make_unique<CallStats[]>(ns.router().shards().size())),
      host_(make_host_table(*this)),
      begun_(ns.router().shards().size(), 0) {}

void Version::create() {
  const bool serialise = ns_.router().shards().size() > 1;
  instance_ = std::make_unique<plugin::Instance>(library_, ns_.name(), config_json_, host_,
                                                 serialise, name_);
}

void Version::begin() {
  for (const auto& shard : ns_.router().shards()) {
    shard->inbox().insist([self = shared_from_this()](Shard& there) { self->begin_on(there); });
  }
}

bool Version::begun(const Shard& shard) const noexcept {
  return begun_[shard.index()] != 0;
}

void Version::keep_early(Shard& shard, Task task) {
  const report::MutexLock lock(early_mutex_);
  if (!ended()) early_.push_back({&shard, std::move(task)});
}

void Version::begin_on(Shard& shard) {
  begun_[shard.index()] = 1;
  for (const Early& one : take_early(shard)) one.task(shard);
}

std::vector<Version::Early> Version::take_early(const Shard& shard) {
  std::vector<Early> taken;
  const report::MutexLock lock(early_mutex_);
  for (Early& one : early_) {
    if (one.shard == &shard) taken.push_back(std::move(one));
  }
  std::erase_if(early_, [](const Early& one) { return !one.task; });
  return taken;
}

void Version::end() noexcept {
  ended_.store(true, std::memory_order_release);
  // Outside of the lock: what waits holds this version.
  std::vector<Early> early;
  const report::MutexLock lock(early_mutex_);
  early.swap(early_);
}

Router& Version::router() noexcept {
  return ns_.router();
}

bool Version::tracks_members() const noexcept {
  const uint64_t handles = library_->descriptor().handles;
  if ((handles & STOA_HANDLES_ANY) != 0) return true;
  for (uint32_t kind = STOA_EVENT_CONNECT; kind <= STOA_EVENT_ROOM_LEFT; ++kind) {
    if ((handles & STOA_HANDLES(kind)) != 0) return true;
  }
  return false;
}

void Version::count_member(int change) noexcept {
  const uint32_t before =
      members_.fetch_add(static_cast<uint32_t>(change), std::memory_order_acq_rel);
  if (change < 0 && before == 1) ns_.router().bell().ring();
}

Version::Errand::Errand(Version& version) : version_(version.shared_from_this()) {
  version_->errands_.fetch_add(1, std::memory_order_relaxed);
}

Version::Errand::~Errand() {
  if (version_->errands_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    version_->ns_.router().bell().ring();
  }
}

CallSums Version::sums() const {
  CallSums all;
  for (std::size_t i = 0; i < ns_.router().shards().size(); ++i) {
    const CallStats& one = stats_[i];
    all.calls += one.calls.value();
    all.messages += one.messages.value();
    all.errors += one.errors.value();
    all.decides += one.decides.value();
    all.denials += one.denials.value();
    for (std::size_t k = 0; k < Durations::kBuckets; ++k) {
      all.durations[k] += one.durations.count(k);
    }
  }
  return all;
}

void Version::complain(std::string_view function, int32_t result) noexcept {
  const bool answer = result == STOA_ERR_NOT_FOUND || result == STOA_ERR_CONFLICT;
  const report::Level level = answer ? report::Level::kDebug : report::Level::kWarn;
  report::Log& log = ns_.router().log();
  if (!log.enabled(level)) return;
  const auto kept_back = answer ? 0 : complaints_.pass();
  if (!kept_back) return;
  const std::string code = std::to_string(result);
  const std::string since = std::to_string(*kept_back);
  const std::array<report::Field, 4> fields{
      {{"function", function}, {"code", code}, {"namespace", ns_.name()}, {"kept_back", since}}};
  log.write(level, speaker_, "a call of the host failed", fields);
}

uint64_t Version::add_timer() {
  const report::MutexLock lock(timers_mutex_);
  if (timers_.size() >= Limits::kMaxTimersPerInstance) return 0;
  timers_.insert(++last_timer_);
  return last_timer_;
}

bool Version::remove_timer(uint64_t timer) {
  const report::MutexLock lock(timers_mutex_);
  return timers_.erase(timer) != 0;
}

bool Version::timer_live(uint64_t timer) {
  const report::MutexLock lock(timers_mutex_);
  return timers_.contains(timer);
}

}  // namespace stoa::routing
