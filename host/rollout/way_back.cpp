#include "rollout/way_back.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <utility>

#include "rollout/refused.h"

namespace stoa::rollout {
namespace {

// SHA-256 of the library, and the config.
using Make = std::pair<std::string, std::string>;

std::set<Make> running(const Wanted& ns) {
  std::set<Make> makes;
  for (std::size_t i = 0; i < ns.builds.size(); ++i) {
    const manifest::Version& version = ns.spec.versions[i];
    if (ns.runs(version.name)) makes.emplace(ns.builds[i].sha256, version.config_json);
  }
  return makes;
}

// Did it take the process with it so often that the guard put it out at the next start? One that
// runs now was let in again.
bool crashed(const Make& make, const Wanted& now) {
  const auto crashes = now.crashes.find(make.first);
  const uint32_t bound = now.spec.guard.crashes;
  const bool often = bound != 0 && crashes != now.crashes.end() && crashes->second >= bound;
  return often && !running(now).contains(make);
}

}  // namespace

uint64_t way_back(const History& history, const Wanted& now) {
  const std::string& ns = now.spec.name;
  const auto& all = history.all();
  std::set<Make> put_out;
  bool by_guard = false;  // the step after the one that is looked at
  std::set<Make> after;   // what ran then
  bool passed = false;
  for (auto at = all.rbegin(); at != all.rend(); ++at) {
    const Wanted* const then = find(at->scene, ns);
    if (!then) continue;
    const std::set<Make> makes = running(*then);
    if (by_guard) std::ranges::set_difference(makes, after, std::inserter(put_out, put_out.end()));
    by_guard = at->by == "guard";
    after = makes;
    if (same(*then, now)) continue;
    const bool bad = std::ranges::any_of(
        makes, [&](const Make& one) { return put_out.contains(one) || crashed(one, now); });
    if (!bad && !then->trial) return at->number;
    passed = true;
  }
  if (passed) {
    throw Refused("Whatever namespace \"" + ns +
                  "\" was before is the middle of a schedule, or has a version that the guard put "
                  "out since; `stoa ctl rollback " +
                  ns + " --to NUMBER` goes there all the same.");
  }
  throw Refused("Namespace \"" + ns +
                "\" has not changed since the first rollout that is remembered; there is nothing "
                "to go back to.");
}

}  // namespace stoa::rollout
