// Messages that a plugin had built once, to be sent often.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "report/mutex.h"
#include "wire/frame.h"

namespace stoa::routing {

// One namespace's, by number. What queues hold of a frame lives on when its number is forgotten.
// Any thread.
class PreparedMessages {
 public:
  static constexpr std::size_t kMaxMessages = 1024;
  static constexpr std::size_t kMaxBytes = std::size_t{64} * 1024 * 1024;

  struct Prepared {
    wire::Frame frame;
    std::string room;
  };

  // 0: there are too many, or too large ones.
  [[nodiscard]] uint64_t add(Prepared message) {
    const report::MutexLock lock(mutex_);
    const std::size_t bytes = message.frame.bytes().size();
    if (messages_.size() >= kMaxMessages || bytes_ + bytes > kMaxBytes) return 0;
    bytes_ += bytes;
    messages_.emplace(++last_, std::move(message));
    return last_;
  }

  [[nodiscard]] std::optional<Prepared> find(uint64_t number) {
    const report::MutexLock lock(mutex_);
    const auto at = messages_.find(number);
    return at == messages_.end() ? std::nullopt : std::optional(at->second);
  }

  // False: it is forgotten already.
  [[nodiscard]] bool remove(uint64_t number) {
    const report::MutexLock lock(mutex_);
    const auto message = messages_.extract(number);
    if (message.empty()) return false;
    bytes_ -= message.mapped().frame.bytes().size();
    return true;
  }

 private:
  report::Mutex mutex_;
  std::unordered_map<uint64_t, Prepared> messages_ GUARDED_BY(mutex_);
  std::size_t bytes_ GUARDED_BY(mutex_) = 0;
  uint64_t last_ GUARDED_BY(mutex_) = 0;
};

}  // namespace stoa::routing
