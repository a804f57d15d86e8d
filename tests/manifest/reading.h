// What every test of the manifest needs: a text read, or what the operator is told.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "manifest/manifest.h"
#include "report/startup_error.h"

namespace stoa::manifest {

inline constexpr std::string_view kOneNamespace = "[namespace.chat]\nplugin = \"chat\"\n";

using Variables = std::map<std::string, std::string>;

inline Environment environment(const Variables& variables) {
  return [variables](const std::string& name) -> std::optional<std::string> {
    const auto at = variables.find(name);
    return at == variables.end() ? std::nullopt : std::optional(at->second);
  };
}

inline Manifest read(std::string_view text, const Variables& variables = {}) {
  return parse(text, "/etc/stoa/stoa.toml", environment(variables));
}

// What a manifest is refused with, the file called `m`; "accepted" if it is not.
inline std::string refusal(const std::string& text, const Variables& variables = {}) {
  try {
    (void)parse(text, "m", environment(variables));
    return "accepted";
  } catch (const report::StartupError& error) {
    return error.what();
  }
}

// The same for a text that has a namespace appended, so that nothing else is wrong.
inline std::string problem(const std::string& text, const Variables& variables = {}) {
  return refusal(text + '\n' + std::string(kOneNamespace), variables);
}

}  // namespace stoa::manifest
