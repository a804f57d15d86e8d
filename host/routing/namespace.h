// A namespace: a name, the versions of the plugin that serves it, and what its members share.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "manifest/manifest.h"
#include "report/mutex.h"
#include "routing/flow.h"
#include "routing/split.h"
#include "routing/store.h"

namespace stoa::routing {

class LocalNamespace;
class Router;

// Owned by the router and there until the end, also when it was closed: a namespace that comes back
// under its name is the same one. Any thread may use it.
class Namespace {
 public:
  struct Settings {
    std::size_t max_message_bytes;
    std::chrono::milliseconds ask_timeout;
    manifest::Queue queue;
    uint32_t send_weight;
  };

  Namespace(Router& router, std::string name, std::size_t index);
  ~Namespace();
  Namespace(const Namespace&) = delete;
  Namespace& operator=(const Namespace&) = delete;

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] std::size_t index() const noexcept { return index_; }
  // Of all that it says to a connection.
  [[nodiscard]] Flow flow() const noexcept { return Flow{static_cast<uint16_t>(1 + index_)}; }
  [[nodiscard]] Router& router() noexcept { return router_; }

  [[nodiscard]] std::size_t max_message_bytes() const noexcept {
    return max_message_bytes_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::chrono::milliseconds ask_timeout() const noexcept {
    return ask_timeout_.load(std::memory_order_relaxed);
  }
  // What may wait in the lane of each of its versions.
  [[nodiscard]] manifest::Queue queue() const noexcept {
    return {queue_messages_.load(std::memory_order_relaxed),
            queue_bytes_.load(std::memory_order_relaxed),
            when_full_.load(std::memory_order_relaxed)};
  }
  void set(const Settings& settings) noexcept;

  // Who of the newcomers gets which version. REQUIRES: serve() was called before.
  [[nodiscard]] std::shared_ptr<const Split> split() {
    const report::MutexLock lock(split_mutex_);
    return split_;
  }
  // Newcomers are told by this one from now on.
  void serve(std::shared_ptr<const Split> split);
  // Newcomers are let in. REQUIRES: serve() was called.
  void open() noexcept { open_.store(true, std::memory_order_release); }
  // Nobody can come in any more. Its versions go on with their members.
  void close() noexcept { open_.store(false, std::memory_order_release); }
  [[nodiscard]] bool is_open() const noexcept { return open_.load(std::memory_order_acquire); }
  // False: none of its versions handles STOA_EVENT_OPEN or _CLOSE. Saves a look at the split.
  [[nodiscard]] bool watches_connections() const noexcept {
    return watches_connections_.load(std::memory_order_acquire);
  }
  // Destroys all instances. REQUIRES: the loops have ended.
  void retire();

  // The members that live on this worker.
  [[nodiscard]] LocalNamespace& local(std::size_t worker) noexcept;
  [[nodiscard]] const LocalNamespace& local(std::size_t worker) const noexcept;

  // The namespace's store, with its lock.
  template <class Use>
  auto with_store(Use use) {
    const report::MutexLock lock(store_mutex_);
    return use(store_);
  }
  // What it remembers goes: store and numbers.
  void forget();

  // The plugin's own numbers. False: too many names.
  [[nodiscard]] bool count(std::string_view counter, uint64_t amount);
  [[nodiscard]] bool measure(std::string_view gauge, double value);
  [[nodiscard]] std::map<std::string, double, std::less<>> numbers();

 private:
  double* number(std::string_view name) REQUIRES(numbers_mutex_);

  Router& router_;
  const std::string name_;
  const std::size_t index_;
  std::atomic<std::size_t> max_message_bytes_ = 0;
  std::atomic<std::chrono::milliseconds> ask_timeout_{};
  std::atomic<uint32_t> queue_messages_ = 0;
  std::atomic<uint32_t> queue_bytes_ = 0;
  std::atomic<manifest::WhenFull> when_full_{};
  std::atomic<bool> open_ = false;
  std::atomic<bool> watches_connections_ = false;
  const std::unique_ptr<LocalNamespace[]> locals_;

  report::Mutex split_mutex_;
  std::shared_ptr<const Split> split_ GUARDED_BY(split_mutex_);
  report::Mutex store_mutex_;
  Store store_ GUARDED_BY(store_mutex_){kMaxKeys};
  report::Mutex numbers_mutex_;
  std::map<std::string, double, std::less<>> numbers_ GUARDED_BY(numbers_mutex_);

  static constexpr std::size_t kMaxKeys = 65'536;
};

}  // namespace stoa::routing
