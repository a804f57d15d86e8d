#include "rollout/steps.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "rollout/refused.h"

namespace stoa::rollout {
namespace {

std::size_t position(const Wanted& ns, std::string_view version) {
  const std::size_t at = ns.find(version);
  if (at != Wanted::npos) return at;
  std::string known;
  for (const manifest::Version& one : ns.spec.versions) {
    known += (known.empty() ? "" : ", ") + one.name;
  }
  throw Refused("Namespace \"" + ns.spec.name + "\" has no version \"" + std::string(version) +
                "\"; it has " + known + ".");
}

uint32_t sum(const std::vector<manifest::Version*>& of) {
  return std::accumulate(of.begin(), of.end(), 0U,
                         [](uint32_t all, const auto* one) { return all + one->weight; });
}

// `rest` percent among these, in the proportions that they have; the first one that has any gets
// what the division leaves.
void share(std::vector<manifest::Version*> among, uint32_t rest) {
  const uint32_t before = sum(among);
  std::erase_if(among, [](const auto* one) { return one->weight == 0; });
  uint32_t given = 0;
  for (manifest::Version* one : among) {
    one->weight = one->weight * rest / before;
    given += one->weight;
  }
  if (!among.empty()) among.front()->weight += rest - given;
}

void weigh(Wanted& ns, const std::map<std::string, uint32_t>& percent) {
  uint32_t named = 0;
  for (const auto& [name, weight] : percent) {
    static_cast<void>(position(ns, name));
    named += weight;
  }
  std::vector<manifest::Version*> others;
  for (manifest::Version& one : ns.spec.versions) {
    if (!percent.contains(one.name) && ns.runs(one.name)) others.push_back(&one);
  }
  if (named > 100 || (named < 100 && others.empty())) {
    throw Refused("The weights given make " + std::to_string(named) +
                  " %; want at most 100, and 100 if every version that runs is given one.");
  }
  const uint32_t rest = 100 - named;
  if (rest > 0 && sum(others) == 0) {
    const auto stable =
        std::ranges::find_if(others, [&](const auto* one) { return one->name == ns.stable; });
    (stable == others.end() ? others.front() : *stable)->weight = rest;
  } else {
    share(others, rest);
  }
  for (const auto& [name, weight] : percent) {
    ns.spec.versions[position(ns, name)].weight = weight;
    ns.out.erase(name);
  }
}

}  // namespace

void set_weights(Wanted& ns, const std::map<std::string, uint32_t>& percent) {
  weigh(ns, percent);
  ns.trial.reset();
  ns.note.clear();
}

void promote(Wanted& ns, std::string_view version) {
  const std::size_t at = position(ns, version);
  ns.trial.reset();
  ns.note.clear();
  ns.out.clear();
  for (std::size_t i = 0; i < ns.spec.versions.size(); ++i) {
    ns.spec.versions[i].weight = i == at ? 100 : 0;
    if (i != at) ns.out.insert(ns.spec.versions[i].name);
  }
  ns.stable = version;
}

void promote_by(Wanted& ns, std::string_view version, std::vector<manifest::Step> schedule) {
  static_cast<void>(position(ns, version));
  if (version == ns.stable) {
    throw Refused("Version \"" + std::string(version) + "\" is the stable one of namespace \"" +
                  ns.spec.name + "\" already.");
  }
  if (schedule.size() == 1) return promote(ns, version);
  ns.note.clear();
  ns.trial = Trial::begin(std::string(version), std::move(schedule), Trial::Clock::now());
  weigh(ns, {{ns.trial->version, ns.trial->percent()}});
}

void advance(Wanted& ns) {
  ns.trial->advance(Trial::Clock::now());
  const Trial trial = *ns.trial;
  if (trial.is_last()) return promote(ns, trial.version);
  weigh(ns, {{trial.version, trial.percent()}});
}

void pause(Wanted& ns, bool paused) {
  if (!ns.trial) {
    throw Refused("Namespace \"" + ns.spec.name +
                  "\" has no schedule; `stoa ctl promote NS VERSION --schedule` begins one.");
  }
  if (ns.trial->paused.has_value() == paused) {
    throw Refused("The schedule of namespace \"" + ns.spec.name + "\" is " +
                  (paused ? "paused already." : "not paused."));
  }
  paused ? ns.trial->pause(Trial::Clock::now()) : ns.trial->resume(Trial::Clock::now());
}

void retire(Wanted& ns, std::string_view version) {
  manifest::Version& going = ns.spec.versions[position(ns, version)];
  if (!ns.runs(version)) {
    throw Refused("Version \"" + going.name + "\" of namespace \"" + ns.spec.name +
                  "\" does not run.");
  }
  std::vector<manifest::Version*> others;
  for (manifest::Version& one : ns.spec.versions) {
    if (&one != &going && ns.runs(one.name)) others.push_back(&one);
  }
  if (others.empty()) {
    throw Refused("Version \"" + going.name + "\" is the only one of namespace \"" + ns.spec.name +
                  "\" that runs; promote another one first.");
  }
  const auto largest = std::ranges::max_element(
      others, {}, [](const manifest::Version* one) { return one->weight; });
  if (ns.stable == version) ns.stable = (*largest)->name;
  going.weight = 0;
  ns.out.insert(going.name);
  ns.note.clear();
  // What is left of it has nothing to be compared with, or is gone.
  if (ns.trial && (ns.trial->version == version || ns.trial->version == ns.stable)) {
    ns.trial.reset();
  }
  if (sum(others) == 0) {
    ns.spec.versions[position(ns, ns.stable)].weight = 100;
  } else {
    share(others, 100);
  }
}

std::string in_words(const Wanted& ns) {
  std::string text;
  for (const manifest::Version& one : ns.spec.versions) {
    if (!ns.runs(one.name)) continue;
    text += (text.empty() ? "" : ", ") + one.name + " " + std::to_string(one.weight) + " %";
  }
  return text;
}

}  // namespace stoa::rollout
