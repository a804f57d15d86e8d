#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>

#include "manifest/manifest.h"
#include "manifest/network.h"
#include "manifest/schedule.h"
#include "report/startup_error.h"
#include "targets.h"

namespace stoa::fuzz {
namespace {

constexpr std::string_view kFile = "fuzz.toml";

void check_match(const manifest::Match& match) {
  using enum manifest::Match::Kind;
  must(match.name.empty() == (match.kind == kUser || match.kind == kAddress),
       "headers and parameters have names");
  must(match.kind != kAddress || manifest::Network::parse(match.value), "a network is one");
}

void check_versions(const std::vector<manifest::Version>& versions) {
  must(!versions.empty() && versions.size() <= 16, "a namespace has versions");
  must(versions.front().schedule.empty(), "the stable version has no schedule");
  uint32_t sum = 0;
  std::set<std::string> names;
  for (const manifest::Version& version : versions) {
    must(!version.plugin.empty() && version.plugin.find('/') == std::string::npos,
         "plugins are file names");
    must(nlohmann::json::accept(version.config_json), "a config is JSON");
    must(version.sha256.empty() || version.sha256.size() == 64, "a digest has 64 digits");
    must(names.insert(version.name).second, "versions have names of their own");
    sum += version.weight;
    for (const manifest::Match& match : version.matches) check_match(match);
    if (version.schedule.empty()) continue;
    std::string wanted;
    must(manifest::parse_schedule(manifest::schedule_text(version.schedule), wanted) ==
             version.schedule,
         "a schedule's text reads as the same schedule");
  }
  must(sum == 100, "weights make 100");
}

void check_manifest(const manifest::Manifest& manifest) {
  must(!manifest.server.listen.empty(), "a server listens");
  must(manifest.server.workers <= 64, "numbers are within their bounds");
  must(manifest.server.path.starts_with('/'), "a path begins with a slash");
  must(manifest.plugins.directory.is_absolute(), "paths come out absolute");
  must(manifest.control.socket.empty() || manifest.control.socket.is_absolute(),
       "paths come out absolute");
  must((manifest.control.socket_mode & 07) == 0, "the socket is nothing for others");
  must(manifest.rollout.state.empty() || manifest.rollout.state.is_absolute(),
       "paths come out absolute");
  must(!manifest.namespaces.empty(), "a server serves something");
  for (const manifest::Namespace& ns : manifest.namespaces) {
    must(ns.name.size() <= 255, "names are bounded");
    check_versions(ns.versions);
    must(!ns.departure.empty(), "members of a version that goes have a way");
  }
  for (const manifest::StaticFolder& folder : manifest.static_folders) {
    must(folder.url.ends_with('/'), "a folder's URL ends with a slash");
    must(folder.folder.is_absolute(), "paths come out absolute");
  }
}

void check_refusal(const std::string& text) {
  must(!text.empty(), "a refusal says why");
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    must(line.starts_with(kFile) || line.starts_with("STOA_"), "a problem has a place");
    must(std::ranges::none_of(line, [](unsigned char c) { return c < 0x20; }),
         "a problem is a line of text");
  }
}

}  // namespace

void fuzz_manifest(std::string_view input) {
  const std::size_t end = std::min(input.find('\0'), input.size());
  const manifest::Environment environment = [&](const std::string&) -> std::optional<std::string> {
    if (end == input.size()) return std::nullopt;
    return std::string(input.substr(end + 1));
  };
  try {
    check_manifest(manifest::parse(input.substr(0, end), kFile, environment));
  } catch (const report::StartupError& error) {
    check_refusal(error.what());
  }
}

}  // namespace stoa::fuzz
