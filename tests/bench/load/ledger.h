// What one receiver of a numbered sequence has got.
#pragma once

#include <cstdint>
#include <set>

namespace stoa::bench {

struct Tally {
  uint64_t delivered = 0;   // all that came, whatever its number
  uint64_t reordered = 0;   // came after a later one
  uint64_t duplicated = 0;  // came again
};

// Numbers 0, 1, 2, ... are awaited in this order, each once.
class Ledger {
 public:
  void enter(uint64_t number, Tally& tally) {
    ++tally.delivered;
    if (number == next_) {
      ++next_;
    } else if (number > next_) {
      while (next_ < number) skipped_.insert(next_++);
      ++next_;
    } else if (skipped_.erase(number) == 1) {
      ++tally.reordered;
    } else {
      ++tally.duplicated;
    }
  }

  // The number after the highest that came.
  [[nodiscard]] uint64_t next() const { return next_; }
  // How many of the first `sent` numbers have not come.
  [[nodiscard]] uint64_t lost(uint64_t sent) const { return sent - next_ + skipped_.size(); }

 private:
  uint64_t next_ = 0;
  std::set<uint64_t> skipped_;
};

}  // namespace stoa::bench
