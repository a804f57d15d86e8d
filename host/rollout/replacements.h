// When plugins whose processes failed get another one.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "manifest/manifest.h"

namespace stoa::rollout {

// One that failed.
struct Failed {
  std::string ns;
  std::string version;
  uint64_t number = 0;  // of the instance
};

// Each time a version's process fails the next one comes later: after 100 ms at first, then twice
// as long each time, up to 30 s. If it fails too often, none comes until an operator says so. What
// happened longer ago than the namespace's window counts no more.
class Replacements {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds kFirstDelay{100};
  static constexpr std::chrono::milliseconds kLongestDelay{30'000};

  // How it stands with a version.
  struct Standing {
    uint64_t number = 0;                   // of the last instance that failed
    uint64_t failures = 0;                 // since the server started
    std::size_t recent = 0;                // of them, within the window
    std::string why;                       // of the last one
    std::optional<Clock::time_point> due;  // of the next instance
    bool aside = false;                    // none comes
  };

  // It failed, or the one that was to take its place could not be started. Returns how it stands
  // now.
  const Standing& note(const Failed& failed, const std::string& why, Clock::time_point when,
                       const manifest::Process& bounds);
  // Whether that was noted.
  [[nodiscard]] bool knows(const Failed& failed) const;
  // Those whose time has come, which is over with that.
  [[nodiscard]] std::vector<Failed> take_due(Clock::time_point now);
  // When the next one's comes.
  [[nodiscard]] std::optional<Clock::time_point> next() const;
  // Null if it never failed.
  [[nodiscard]] const Standing* find(const std::string& ns, const std::string& version) const;
  // Its past counts no more. False if it was not put aside.
  bool revive(const std::string& ns, const std::string& version);

 private:
  struct Record {
    Standing standing;
    std::deque<Clock::time_point> recent;
  };
  using Name = std::pair<std::string, std::string>;

  std::map<Name, Record> records_;
};

}  // namespace stoa::rollout
