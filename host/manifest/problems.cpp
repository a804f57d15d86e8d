#include "manifest/problems.h"

#include <algorithm>

namespace stoa::manifest {
namespace {

constexpr std::size_t kMostShown = 100;

}  // namespace

void Problems::add(Position at, std::string_view key, std::string_view sentence) {
  std::string text;
  if (at.line > 0) {
    text = file_ + ':' + std::to_string(at.line) + ':' + std::to_string(at.column) + ": ";
  }
  if (!key.empty()) text.append(key).append(": ");
  problems_.push_back({at, text.append(sentence)});
}

std::string Problems::text() const {
  std::vector<Problem> sorted = problems_;
  std::ranges::stable_sort(sorted, {}, [](const Problem& problem) {
    return std::pair(problem.at.line == 0, problem.at);
  });
  std::string all;
  for (std::size_t i = 0; i < std::min(sorted.size(), kMostShown); ++i) {
    if (i > 0) all.push_back('\n');
    all.append(sorted[i].text);
  }
  if (sorted.size() > kMostShown) {
    all.append("\n" + file_ + ": and " + std::to_string(sorted.size() - kMostShown) + " more");
  }
  return all;
}

}  // namespace stoa::manifest
