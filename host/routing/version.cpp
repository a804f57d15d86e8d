#include "routing/version.h"

#include "routing/host_table.h"
#include "routing/lane.h"
#include "routing/namespace.h"
#include "routing/process_lane.h"
#include "routing/router.h"
#include "routing/shard.h"
#include "routing/thread_lane.h"

namespace stoa::routing {

Version::Version(Namespace& ns, std::string name, uint64_t number,
                 std::shared_ptr<const plugin::Library> library, std::string config_json,
                 manifest::Run run, manifest::Process process, uint32_t threads)
    : ns_(ns),
      name_(std::move(name)),
      number_(number),
      library_(std::move(library)),
      speaker_("plugin/" + library_->description().name),
      config_json_(std::move(config_json)),
      process_(std::move(process)),
      threads_(threads),
      stats_(std::make_unique<CallStats[]>(ns.router().shards().size() + threads)),
      host_(make_host_table(*this)),
      begun_(ns.router().shards().size(), 0),
      posted_(begun_.size(), 0),
      lane_(Lane::make(*this, run)),
      guest_(dynamic_cast<ProcessLane*>(lane_.get())) {}

Version::~Version() = default;

manifest::Run Version::run() const noexcept {
  return lane_ ? lane_->run() : manifest::Run::kLoop;
}

pid_t Version::pid() const noexcept {
  return guest_ ? guest_->pid() : 0;
}

std::optional<plugin::CallMark::Call> Version::guest_call() const noexcept {
  return guest_ ? guest_->call() : std::nullopt;
}

void Version::give_up_when(std::function<bool()> given_up) {
  if (guest_) guest_->give_up_when(std::move(given_up));
}

void Version::create() {
  if (guest_) return guest_->create(host_);
  check_threads(ns_.name(), library_->description(), threads_);
  const bool serialise = !lane_ && begun_.size() > 1;
  instance_ = std::make_unique<plugin::Instance>(library_, ns_.name(), config_json_, host_,
                                                 serialise, name_, number_);
}

int32_t Version::handle_here(const stoa_event& event) {
  return guest_ ? guest_->handle_here(event) : instance_->handle(event);
}

void Version::begin() {
  router().enlist(shared_from_this());
  if (lane_) lane_->start();
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

void Version::fail(std::string why) {
  failure_ = {std::move(why), Clock::now()};
  set_ready(false);
  failed_.store(true, std::memory_order_release);
  end();
  for (const auto& shard : router().shards()) {
    shard->inbox().insist(
        [self = shared_from_this()](Shard& there) { there.calls().give_up(*self); });
  }
  router().bell().ring();
}

void Version::destroy() {
  if (lane_) lane_->end();
  instance_.reset();
}

bool Version::note_posted(const Shard& shard) noexcept {
  return std::exchange(posted_[shard.index()], uint8_t{1}) == 0;
}

void Version::ring(const Shard& shard) {
  posted_[shard.index()] = 0;
  lane_->ring();
}

std::size_t Version::queued() const noexcept {
  return lane_ && !failed() ? lane_->depth() : 0;
}

std::size_t Version::queued_bytes() const noexcept {
  return lane_ && !failed() ? lane_->bytes() : 0;
}

std::size_t Version::errands() const noexcept {
  return errands_.load(std::memory_order_acquire) + queued();
}

Router& Version::router() noexcept {
  return ns_.router();
}

void Version::count_member(int change) noexcept {
  const uint32_t before = members_.fetch_add(static_cast<uint32_t>(change));
  if (change < 0 && before == 1) ns_.router().bell().ring();
}

bool Version::may_begin_more() const noexcept {
  // What clients send has bounds of its own.
  constexpr std::size_t kMaxOwn = 100'000;
  return errands() + posts_.load(std::memory_order_relaxed) < kMaxOwn + ns_.queue().max_messages;
}

Version::Errand::Errand(Version& version) : version_(version.shared_from_this()) {
  version_->errands_.fetch_add(1, std::memory_order_relaxed);
}

// It ends with its last member or its last errand, whichever goes last: as long as it has members,
// each of its answers would wake those who roll out for nothing.
Version::Errand::~Errand() {
  if (version_ && version_->errands_.fetch_sub(1) == 1 && version_->members() == 0) {
    version_->ns_.router().bell().ring();
  }
}

CallSums Version::sums() const {
  CallSums all;
  for (std::size_t i = 0; i < begun_.size() + threads_; ++i) {
    const CallStats& one = stats_[i];
    all.calls += one.calls.value();
    all.messages += one.messages.value();
    all.errors += one.errors.value();
    all.decides += one.decides.value();
    all.denials += one.denials.value();
    all.dropped += one.dropped.value();
    all.refused += one.refused.value();
    all.pushed_back += one.pushed_back.value();
    one.durations.add_to(all.durations);
    one.waits.add_to(all.waits);
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

bool Version::beats(uint64_t timer, bool repeats) {
  return repeats ? timer_live(timer) : remove_timer(timer);
}

}  // namespace stoa::routing
