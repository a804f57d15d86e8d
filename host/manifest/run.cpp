#include "manifest/run.h"

#include <algorithm>
#include <array>

namespace stoa::manifest {
namespace {

struct NamedRun {
  std::string_view name;
  Run run;
};

constexpr std::array<NamedRun, 3> kRuns = {NamedRun{"loop", Run::kLoop},
                                           NamedRun{"thread", Run::kThread},
                                           NamedRun{"process", Run::kProcess}};

}  // namespace

std::string_view run_text(Run run) {
  return std::ranges::find(kRuns, run, &NamedRun::run)->name;
}

std::optional<Run> run_named(std::string_view text) {
  const auto* const known = std::ranges::find(kRuns, text, &NamedRun::name);
  return known == kRuns.end() ? std::nullopt : std::optional(known->run);
}

}  // namespace stoa::manifest
