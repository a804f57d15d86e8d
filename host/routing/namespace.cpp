#include "routing/namespace.h"

#include <utility>

#include "routing/membership.h"
#include "routing/router.h"

namespace stoa::routing {
namespace {

constexpr std::size_t kMaxNumbers = 100;

}  // namespace

Namespace::Namespace(Router& router, std::string name, std::size_t index)
    : router_(router),
      name_(std::move(name)),
      index_(index),
      locals_(std::make_unique<LocalNamespace[]>(router.shards().size())) {}

Namespace::~Namespace() = default;

void Namespace::set(const Settings& settings) noexcept {
  max_message_bytes_.store(settings.max_message_bytes, std::memory_order_relaxed);
  ask_timeout_.store(settings.ask_timeout, std::memory_order_relaxed);
  queue_messages_.store(settings.queue.max_messages, std::memory_order_relaxed);
  queue_bytes_.store(settings.queue.max_bytes, std::memory_order_relaxed);
  when_full_.store(settings.queue.when_full, std::memory_order_relaxed);
  router_.weights().set(flow(), settings.send_weight);
  router_.limits_changed();
}

void Namespace::serve(std::shared_ptr<const Split> split) {
  const bool watches = split->handles(STOA_EVENT_OPEN) || split->handles(STOA_EVENT_CLOSE);
  {
    const report::MutexLock lock(split_mutex_);
    split_.swap(split);
  }
  // Behind it: whoever sees this finds a split.
  watches_connections_.store(watches, std::memory_order_release);
}

void Namespace::retire() {
  const auto last = split();
  if (!last) return;
  last->each([](Version& version) {
    if (!version.stuck()) version.destroy();
  });
}

LocalNamespace& Namespace::local(std::size_t worker) noexcept {
  return locals_[worker];
}

const LocalNamespace& Namespace::local(std::size_t worker) const noexcept {
  return locals_[worker];
}

void Namespace::forget() {
  {
    const report::MutexLock lock(store_mutex_);
    store_ = Store(kMaxKeys);
  }
  const report::MutexLock lock(numbers_mutex_);
  numbers_.clear();
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
