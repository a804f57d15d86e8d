#include "routing/split.h"

#include <algorithm>
#include <cmath>

namespace stoa::routing {
namespace {

// FNV-1a over several texts, each with its end, and then mixed (the finalizer of MurmurHash3) so
// that texts that differ in their last character alone are far apart. The same in any process.
class StableHash {
 public:
  StableHash& add(std::string_view text) noexcept {
    for (const char c : text) step(static_cast<unsigned char>(c));
    step(0x100);
    return *this;
  }
  [[nodiscard]] uint64_t value() const noexcept {
    uint64_t mixed = state_;
    mixed ^= mixed >> 33;
    mixed *= 0xff51afd7ed558ccdULL;
    mixed ^= mixed >> 33;
    mixed *= 0xc4ceb9fe1a85ec53ULL;
    return mixed ^ mixed >> 33;
  }

 private:
  void step(uint64_t part) noexcept { state_ = (state_ ^ part) * 0x100000001b3ULL; }

  uint64_t state_ = 0xcbf29ce484222325ULL;
};

// Weighted rendezvous hashing: each version draws a number for this newcomer, and the largest
// wins. A version whose weight grows can only win newcomers, never lose one, and the other way
// round.
double draw(std::string_view ns, std::string_view newcomer, const Share& share) noexcept {
  const uint64_t hash = StableHash().add(ns).add(newcomer).add(share.version->name()).value();
  // In (0, 1), of the 53 bits that a double holds.
  const double uniform = (static_cast<double>(hash >> 11) + 0.5) / 9007199254740992.0;
  return static_cast<double>(share.weight) / -std::log(uniform);
}

}  // namespace

Split::Split(std::vector<Share> shares, std::shared_ptr<Version> stable,
             std::vector<std::shared_ptr<Version>> leaving)
    : shares_(std::move(shares)), stable_(std::move(stable)), leaving_(std::move(leaving)) {}

Version* Split::choose(std::string_view ns, const Facts& facts) const noexcept {
  for (const Share& share : shares_) {
    if (std::ranges::any_of(share.matches, [&](const auto& match) { return match(facts); })) {
      return share.version.get();
    }
  }
  if (shares_.size() == 1) return shares_.front().version.get();
  const std::string_view newcomer = facts.user.empty() ? facts.id : facts.user;
  const Share* best = nullptr;
  double highest = 0;
  for (const Share& share : shares_) {
    const double drawn = draw(ns, newcomer, share);
    if (drawn > highest) {
      highest = drawn;
      best = &share;
    }
  }
  return best ? best->version.get() : stable_.get();
}

bool Split::serves(const Version& version) const noexcept {
  return std::ranges::any_of(shares_,
                             [&](const Share& share) { return share.version.get() == &version; });
}

bool Split::handles(uint32_t kind) const noexcept {
  bool any = false;
  each([&](Version& version) { any = any || version.wants().handles(kind); });
  return any;
}

}  // namespace stoa::routing
