#include "scenery.h"

namespace stoa::rollout {

Wanted ns_of(const std::string& name, const Weights& versions) {
  Wanted ns;
  ns.spec.name = name;
  for (const auto& [version, percent] : versions) {
    ns.spec.versions.push_back({.name = version, .plugin = version + ".so", .weight = percent});
    ns.builds.push_back({"plugin-" + version, "1.0", "sha-of-" + version, nullptr});
  }
  ns.stable = versions.front().first;
  ns.from = ns.spec;
  return ns;
}

Wanted chat(const Weights& versions) {
  return ns_of("chat", versions);
}

uint32_t weight(const Wanted& ns, const std::string& version) {
  return ns.spec.versions.at(ns.find(version)).weight;
}

uint32_t sum(const Wanted& ns) {
  uint32_t all = 0;
  for (const manifest::Version& version : ns.spec.versions) all += version.weight;
  return all;
}

}  // namespace stoa::rollout
