#include "rollout/trial.h"

#include <algorithm>
#include <utility>

namespace stoa::rollout {
namespace {

using std::chrono::milliseconds;

// Of the largest unit that leaves little behind it.
std::string duration_in_words(milliseconds time) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(std::max(time, milliseconds(0)));
  const auto count = seconds.count();
  if (count < 120) return std::to_string(count) + " s";
  if (count < 120 * 60) return std::to_string((count + 59) / 60) + " m";
  return std::to_string((count + 3599) / 3600) + " h";
}

}  // namespace

Trial Trial::begin(std::string version, std::vector<manifest::Step> steps, Clock::time_point now) {
  Trial trial{.version = std::move(version), .steps = std::move(steps), .paused = {}};
  trial.due = now + milliseconds(trial.steps.front().hold_ms);
  return trial;
}

void Trial::advance(Clock::time_point now) {
  ++at;
  due = now + milliseconds(steps[at].hold_ms);
}

void Trial::pause(Clock::time_point now) {
  if (!paused) paused = std::chrono::ceil<milliseconds>(std::max(due - now, Clock::duration(0)));
}

void Trial::resume(Clock::time_point now) {
  if (paused) due = now + *paused;
  paused.reset();
}

std::string in_words(const Trial& trial) {
  std::string text = trial.version + ": " + std::to_string(trial.percent()) + " %";
  if (trial.is_last()) return text;
  text += ", next " + std::to_string(trial.steps[trial.at + 1].percent) + " % in ";
  if (trial.paused) return text + duration_in_words(*trial.paused) + " once it is resumed";
  const auto left = trial.due - Trial::Clock::now();
  return text + duration_in_words(std::chrono::ceil<milliseconds>(left));
}

}  // namespace stoa::rollout
