#include "manifest/process.h"

#include <algorithm>

#include "manifest/kinds.h"

namespace stoa::manifest {
namespace {

constexpr std::size_t kLongestUser = 32;
constexpr std::size_t kMostVariables = 64;
constexpr uint64_t kTiB = uint64_t{1} << 40;

// Whether there is such a user is found when the process is started.
bool is_user(std::string_view text) {
  return text.size() <= kLongestUser && std::ranges::all_of(text, [](char c) {
           return c > ' ' && c < 0x7F && c != ':' && c != '/';
         });
}

bool is_variable(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7F && c != '='; });
}

void store_environment(const Value& value, const Place& place, Process& out) {
  const auto* array = std::get_if<Array>(&value.data);
  if (array == nullptr || array->size() > kMostVariables) {
    return place.refuse(value, "an array of at most 64 names of environment variables");
  }
  out.environment.clear();
  for (std::size_t i = 0; i < array->size(); ++i) {
    const Value& item = (*array)[i];
    const auto* found = std::get_if<std::string>(&item.data);
    if (found == nullptr || !is_variable(*found)) {
      place.item(i).refuse(item, R"(the name of an environment variable, like "DATABASE_URL")");
    } else {
      out.environment.push_back(*found);
    }
  }
}

}  // namespace

const Keys<Process>& process_keys() {
  static const Keys<Process> keys = {
      text("user", &Process::user, is_user, R"(the name of a user of this machine, or "")"),
      yes_or_no("no_new_privileges", &Process::no_new_privileges),
      yes_or_no("seccomp", &Process::seccomp),
      yes_or_no("network", &Process::network),
      yes_or_no("core", &Process::core),
      number_or_zero("memory_bytes", &Process::memory_bytes, 16 * kMiB, kTiB),
      number("cpu_seconds", &Process::cpu_seconds, 0, UINT32_MAX),
      number_or_zero("open_files", &Process::open_files, 16, 1'048'576),
      number_or_zero("threads", &Process::threads, 3, 100'000),
      number("nice", &Process::nice, 0, 19),
      {"environment", Shape::kTexts, false, "an array of names of environment variables",
       store_environment},
      number("max_crashes", &Process::max_crashes, 1, 1000),
      number("crash_window_ms", &Process::crash_window_ms, kSecond, 24 * kHour),
  };
  return keys;
}

}  // namespace stoa::manifest
