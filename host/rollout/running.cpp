#include "rollout/running.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "manifest/network.h"

namespace stoa::rollout {
namespace {

using routing::Facts;

bool has(const std::vector<wire::NameValue>& in, const std::string& name,
         const std::string& value) {
  return std::ranges::any_of(
      in, [&](const wire::NameValue& one) { return one.name == name && one.value == value; });
}

std::function<bool(const Facts&)> rule_of(const manifest::Match& match) {
  switch (match.kind) {
    case manifest::Match::Kind::kHeader:
      return [match](const Facts& facts) { return has(facts.headers, match.name, match.value); };
    case manifest::Match::Kind::kQuery:
      return [match](const Facts& facts) { return has(facts.query, match.name, match.value); };
    case manifest::Match::Kind::kUser:
      return [match](const Facts& facts) { return facts.user == match.value; };
    default:
      return [network = manifest::Network::parse(match.value)](const Facts& facts) {
        return network && network->contains(facts.address);
      };
  }
}

}  // namespace

std::shared_ptr<const routing::Split> split_of(const Running& running) {
  std::vector<routing::Share> shares;
  for (const manifest::Version& version : running.state.spec.versions) {
    const auto at = running.versions.find(version.name);
    if (at == running.versions.end()) continue;
    routing::Share share{at->second, version.weight, {}};
    for (const manifest::Match& match : version.matches) share.matches.push_back(rule_of(match));
    shares.push_back(std::move(share));
  }
  std::vector<VersionPtr> leaving;
  for (const Leaving& one : running.leaving) {
    if (!one.shards_left) leaving.push_back(one.version);
  }
  const auto stable = running.versions.find(running.state.stable);
  return std::make_shared<const routing::Split>(
      std::move(shares), stable == running.versions.end() ? nullptr : stable->second,
      std::move(leaving));
}

}  // namespace stoa::rollout
