// The asks that wait for an answer.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "loop.h"
#include "stoa/client.hpp"

namespace stoa::client {

// Owned by the session; lives on the loop's thread, except next_token().
class Asks {
 public:
  explicit Asks(Loop& loop) : loop_(loop) {}

  // A wait field for the next ask: unique for this client. Any thread.
  [[nodiscard]] std::string next_token() { return "$" + std::to_string(next_.fetch_add(1)); }

  // Remembers `done` until it is answered, or `timeout` passed: then it gets kTimeout. With too
  // many waiting it gets kLimit at once, and false is returned.
  bool wait(const std::string& token, std::chrono::milliseconds timeout, Completion done);

  // Hands `outcome` to whoever waits for `token`. Nobody does if the answer comes late.
  void answer(std::string_view token, Outcome outcome);
  // Everybody gets kClosed.
  void fail_all();

 private:
  struct Waiting {
    Completion done;
    Loop::Timer deadline;
  };

  Loop& loop_;
  std::atomic<uint64_t> next_ = 1;
  std::map<std::string, Waiting, std::less<>> waiting_;
};

}  // namespace stoa::client
