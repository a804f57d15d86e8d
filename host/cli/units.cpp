#include "cli/units.h"

namespace stoa::cli {
namespace {

// `value / unit` with one decimal, rounded down.
std::string tenths(uint64_t value, uint64_t unit) {
  return std::to_string(value / unit) + "." + std::to_string(value % unit * 10 / unit);
}

std::string two(uint64_t large, const char* name, uint64_t small, const char* small_name) {
  return std::to_string(large) + name + std::to_string(small) + small_name;
}

}  // namespace

std::string short_time(uint64_t us) {
  if (us < 1'000) return std::to_string(us) + " us";
  return us < 1'000'000 ? tenths(us, 1'000) + " ms" : tenths(us, 1'000'000) + " s";
}

std::string long_time(uint64_t seconds) {
  const uint64_t minutes = seconds / 60;
  const uint64_t hours = minutes / 60;
  if (minutes == 0) return std::to_string(seconds) + " s";
  if (hours == 0) return two(minutes, " m ", seconds % 60, " s");
  return hours < 24 ? two(hours, " h ", minutes % 60, " m")
                    : two(hours / 24, " d ", hours % 24, " h");
}

std::string size_text(uint64_t bytes) {
  constexpr uint64_t kKib = 1024;
  if (bytes < kKib) return std::to_string(bytes) + " B";
  return bytes < kKib * kKib ? tenths(bytes, kKib) + " KiB" : tenths(bytes, kKib * kKib) + " MiB";
}

}  // namespace stoa::cli
