#include "rollout/way_back.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <string>

#include "rollout/refused.h"

namespace stoa::rollout {
namespace {

// What tells versions apart, also those of one name.
struct Make {
  std::string name;
  std::string sha256;
  std::string config_json;
  manifest::Run run;

  auto operator<=>(const Make&) const = default;
};

std::set<Make> running(const Wanted& ns) {
  std::set<Make> makes;
  for (std::size_t i = 0; i < ns.builds.size(); ++i) {
    const manifest::Version& version = ns.spec.versions[i];
    if (ns.runs(version.name)) {
      makes.insert({version.name, ns.builds[i].sha256, version.config_json, *version.run});
    }
  }
  return makes;
}

// Did it take the process with it so often that the guard put it out at the next start? One that
// runs now was let in again.
bool crashed(const Make& make, const Wanted& now) {
  const auto crashes = now.crashes.find(make.name + " " + make.sha256);
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
  for (std::size_t i = all.size(); i-- > 0;) {
    const Rollout& one = all[i];
    const Wanted* const then = find(one.scene, ns);
    if (!then) continue;
    const std::set<Make> makes = running(*then);
    if (by_guard) std::ranges::set_difference(makes, after, std::inserter(put_out, put_out.end()));
    by_guard = one.by == "guard";
    after = makes;
    if (same(*then, now)) continue;
    const bool bad = std::ranges::any_of(
        makes, [&](const Make& make) { return put_out.contains(make) || crashed(make, now); });
    if (!bad && !then->trial) return one.number;
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
