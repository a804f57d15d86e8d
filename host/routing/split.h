// Who of a namespace's newcomers gets which version of its plugin.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "routing/facts.h"
#include "routing/version.h"

namespace stoa::routing {

// One version's part of the newcomers.
struct Share {
  std::shared_ptr<Version> version;
  uint32_t weight = 0;  // percent
  // Those that come to it before weights are asked.
  std::vector<std::function<bool(const Facts&)>> matches;
};

// Immutable: a namespace gets another one when something changes.
class Split {
 public:
  // `stable` is the version of one of the shares, or null if there is none. `leaving` are versions
  // that get nobody new but still have members.
  Split(std::vector<Share> shares, std::shared_ptr<Version> stable,
        std::vector<std::shared_ptr<Version>> leaving);

  // The version of a newcomer: that of the first match, else by weight. The same user, or
  // connection id if it has no user, gets the same version as long as the weights are the same, in
  // any process. When they change, no more of them get another one than must. Null if nobody is let
  // in.
  [[nodiscard]] Version* choose(std::string_view ns, const Facts& facts) const noexcept;

  // What concerns no member yet is this one's: connections that open. Null if nobody is let in.
  [[nodiscard]] const std::shared_ptr<Version>& stable() const noexcept { return stable_; }
  [[nodiscard]] const std::vector<Share>& shares() const noexcept { return shares_; }
  [[nodiscard]] const std::vector<std::shared_ptr<Version>>& leaving() const noexcept {
    return leaving_;
  }
  // Every version that there is.
  template <class Visit>
  void each(Visit visit) const {
    for (const Share& share : shares_) visit(*share.version);
    for (const auto& version : leaving_) visit(*version);
  }
  // Has this version a share?
  [[nodiscard]] bool serves(const Version& version) const noexcept;
  // Does any of them want to know of connections that open or close?
  [[nodiscard]] bool handles(uint32_t kind) const noexcept;

 private:
  const std::vector<Share> shares_;
  const std::shared_ptr<Version> stable_;
  const std::vector<std::shared_ptr<Version>> leaving_;
};

}  // namespace stoa::routing
