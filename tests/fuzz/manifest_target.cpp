#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "manifest/manifest.h"
#include "report/startup_error.h"
#include "targets.h"

namespace stoa::fuzz {
namespace {

constexpr std::string_view kFile = "fuzz.toml";

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
    must(!ns.plugin.empty() && ns.plugin.find('/') == std::string::npos, "plugins are file names");
    must(nlohmann::json::accept(ns.config_json), "a config is JSON");
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
