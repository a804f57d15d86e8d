// Order among measured values.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "meter.h"

namespace stoa::bench {

// The value that a share `q` of `values` does not exceed; 0 if there are none. Puts them in another
// order.
[[nodiscard]] inline double quantile(std::vector<double>& values, double q) {
  if (values.empty()) return 0;
  const auto rank = static_cast<std::ptrdiff_t>(q * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + rank, values.end());
  return values[static_cast<std::size_t>(rank)];
}

// Values by when they were due, in windows of a fixed length.
class Windows {
 public:
  explicit Windows(std::chrono::milliseconds length) : length_(length) {}

  void add(Clock::time_point due, double value) {
    windows_[due.time_since_epoch() / length_].push_back(value);
  }
  void clear() { windows_.clear(); }
  // The quantile of the typical window: the median of all of them. When the machine takes a core
  // away for some milliseconds, a few windows suffer and the others tell about the server.
  [[nodiscard]] double typical(double q) {
    std::vector<double> all;
    for (auto& [when, values] : windows_) all.push_back(quantile(values, q));
    return quantile(all, 0.5);
  }

 private:
  const std::chrono::milliseconds length_;
  std::map<int64_t, std::vector<double>> windows_;
};

}  // namespace stoa::bench
