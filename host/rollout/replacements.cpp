#include "rollout/replacements.h"

#include <algorithm>

namespace stoa::rollout {
namespace {

using std::chrono::milliseconds;

// After the last of so many failures.
milliseconds delay_after(std::size_t failures) {
  milliseconds delay = Replacements::kFirstDelay;
  for (std::size_t i = 1; i < failures && delay < Replacements::kLongestDelay; ++i) delay *= 2;
  return std::min(delay, Replacements::kLongestDelay);
}

}  // namespace

const Replacements::Standing& Replacements::note(const Failed& failed, const std::string& why,
                                                 Clock::time_point when,
                                                 const manifest::Process& bounds) {
  Record& record = records_[{failed.ns, failed.version}];
  record.recent.push_back(when);
  const auto begin = when - milliseconds(bounds.crash_window_ms);
  while (record.recent.front() < begin) record.recent.pop_front();
  Standing& standing = record.standing;
  standing.number = failed.number;
  ++standing.failures;
  standing.recent = record.recent.size();
  standing.why = why;
  standing.aside = standing.recent >= bounds.max_crashes;
  standing.due.reset();
  if (!standing.aside) standing.due = when + delay_after(standing.recent);
  return standing;
}

bool Replacements::knows(const Failed& failed) const {
  const Standing* const standing = find(failed.ns, failed.version);
  return standing && standing->number == failed.number;
}

std::vector<Failed> Replacements::take_due(Clock::time_point now) {
  std::vector<Failed> due;
  for (auto& [name, record] : records_) {
    if (!record.standing.due || *record.standing.due > now) continue;
    record.standing.due.reset();
    due.push_back({name.first, name.second, record.standing.number});
  }
  return due;
}

std::optional<Replacements::Clock::time_point> Replacements::next() const {
  std::optional<Clock::time_point> next;
  for (const auto& [name, record] : records_) {
    const auto& due = record.standing.due;
    if (due && (!next || *due < *next)) next = due;
  }
  return next;
}

const Replacements::Standing* Replacements::find(const std::string& ns,
                                                 const std::string& version) const {
  const auto at = records_.find({ns, version});
  return at == records_.end() ? nullptr : &at->second.standing;
}

bool Replacements::revive(const std::string& ns, const std::string& version) {
  const auto at = records_.find({ns, version});
  if (at == records_.end() || !at->second.standing.aside) return false;
  at->second.recent.clear();
  at->second.standing.recent = 0;
  at->second.standing.aside = false;
  return true;
}

}  // namespace stoa::rollout
