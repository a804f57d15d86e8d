#include "manifest/schedule.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace stoa::manifest {
namespace {

struct Unit {
  char letter;
  uint64_t ms;
};

constexpr std::array<Unit, 4> kUnits = {Unit{'d', 86'400'000}, Unit{'h', 3'600'000},
                                        Unit{'m', 60'000}, Unit{'s', 1000}};
constexpr uint64_t kLongestHold = 365 * kUnits.front().ms;
constexpr std::string_view kExample = "like \"5% 10m, 25% 30m, 100%\"";

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t";
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

// "10" and one more character: both, or nothing.
struct Counted {
  uint64_t count = 0;
  char what = 0;
};

std::optional<Counted> counted(std::string_view text) {
  if (text.size() < 2) return std::nullopt;
  Counted out{0, text.back()};
  const char* const end = text.data() + text.size() - 1;
  const auto [stop, error] = std::from_chars(text.data(), end, out.count);
  return error == std::errc() && stop == end ? std::optional(out) : std::nullopt;
}

std::optional<uint32_t> read_percent(std::string_view text) {
  const auto percent = counted(text);
  if (!percent || percent->what != '%' || percent->count < 1 || percent->count > 100) return {};
  return static_cast<uint32_t>(percent->count);
}

std::optional<uint64_t> read_hold(std::string_view text) {
  const auto hold = counted(text);
  if (!hold) return std::nullopt;
  const auto unit = std::ranges::find(kUnits, hold->what, &Unit::letter);
  const bool valid =
      unit != kUnits.end() && hold->count > 0 && hold->count <= kLongestHold / unit->ms;
  return valid ? std::optional(hold->count * unit->ms) : std::nullopt;
}

std::optional<Step> read_step(std::string_view text, bool last, std::string& wanted) {
  const std::size_t blank = std::min(text.find_first_of(" \t"), text.size());
  const std::string_view rest = trimmed(text.substr(blank));
  const auto percent = read_percent(text.substr(0, blank));
  if (!percent) {
    wanted = "steps that begin with a whole percentage from 1% to 100%, ";
  } else if (last && (*percent != 100 || !rest.empty())) {
    wanted = "100% as the last step, without a time, ";
  } else if (last) {
    return Step{*percent, 0};
  } else if (const auto hold = read_hold(rest)) {
    return Step{*percent, *hold};
  } else {
    wanted = "a time in s, m, h or d, of at most 365 days, with each step but the last, ";
  }
  wanted += kExample;
  return std::nullopt;
}

std::string hold_text(uint64_t ms) {
  const auto unit =
      std::ranges::find_if(kUnits, [=](const Unit& each) { return ms % each.ms == 0; });
  return std::to_string(ms / unit->ms) + unit->letter;
}

}  // namespace

std::optional<std::vector<Step>> parse_schedule(std::string_view text, std::string& wanted) {
  std::vector<Step> steps;
  for (bool last = false; !last;) {
    const std::size_t comma = text.find(',');
    last = comma == std::string_view::npos;
    const auto step = read_step(trimmed(text.substr(0, comma)), last, wanted);
    if (!step) return std::nullopt;
    if (!steps.empty() && steps.back().percent >= step->percent) {
      wanted = "percents that rise from step to step, " + std::string(kExample);
      return std::nullopt;
    }
    steps.push_back(*step);
    if (!last) text.remove_prefix(comma + 1);
  }
  return steps;
}

std::string schedule_text(const std::vector<Step>& steps) {
  std::string out;
  for (const Step& step : steps) {
    if (!out.empty()) out += ", ";
    out += std::to_string(step.percent) + '%';
    if (step.hold_ms > 0) out += ' ' + hold_text(step.hold_ms);
  }
  return out;
}

}  // namespace stoa::manifest
