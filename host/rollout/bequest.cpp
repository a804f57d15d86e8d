#include "rollout/bequest.h"

#include <algorithm>

namespace stoa::rollout {
namespace {

VersionPtr stable_of(const Running& running) {
  const auto at = running.versions.find(running.state.stable);
  return at == running.versions.end() ? nullptr : at->second;
}

bool runs(const Running& running, const VersionPtr& version) {
  return std::ranges::any_of(running.versions,
                             [&](const auto& one) { return one.second == version; });
}

}  // namespace

std::vector<Bequest> bequests(const Running& before, const Running& after, bool urgent) {
  std::vector<Bequest> all;
  const VersionPtr from = stable_of(before);
  const VersionPtr to = stable_of(after);
  if (!to) return all;
  if (from && from != to) {
    const bool cares =
        from->wants().handles(STOA_EVENT_EXPORT) || to->wants().handles(STOA_EVENT_IMPORT);
    if (cares) all.push_back({from, to, !urgent});
  }
  for (const auto& [name, version] : before.versions) {
    const bool goes = version != from && version != to && !runs(after, version);
    if (!goes || urgent || !version->wants().handles(STOA_EVENT_EXPORT)) continue;
    all.push_back({version, to, false});
  }
  return all;
}

}  // namespace stoa::rollout
