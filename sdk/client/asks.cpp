#include "asks.h"

#include <utility>

namespace stoa::client {
namespace {

// More than any caller can mean: a server that never answers must not fill our memory.
constexpr std::size_t kMostWaiting = 65'536;

}  // namespace

bool Asks::wait(const std::string& token, std::chrono::milliseconds timeout, Completion done) {
  if (waiting_.size() >= kMostWaiting) {
    done({Status::kLimit, "too many asks wait for an answer"});
    return false;
  }
  const auto deadline = loop_.after(timeout, [this, token] {
    answer(token, {Status::kTimeout, "no answer before the deadline"});
  });
  waiting_.emplace(token, Waiting{std::move(done), deadline});
  return true;
}

void Asks::answer(std::string_view token, Outcome outcome) {
  const auto at = waiting_.find(token);
  if (at == waiting_.end()) return;
  const Waiting waiting = std::move(at->second);
  waiting_.erase(at);
  loop_.cancel(waiting.deadline);
  waiting.done(std::move(outcome));
}

void Asks::fail_all() {
  // One by one: a completion may look at, and ask through, this very client.
  while (!waiting_.empty()) {
    const std::string token = waiting_.begin()->first;
    answer(token, {Status::kClosed, kWriteClosed});
  }
}

}  // namespace stoa::client
