#include "manifest/environment.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

namespace stoa::manifest {
namespace {

// A whole number, or the text itself, which the key will refuse in its own words.
Value number_or_text(std::string_view text) {
  int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return {{}, std::string(text)};
  return {{}, number};
}

Array split(std::string_view text) {
  Array out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    out.push_back({{}, std::string(text.substr(0, end))});
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace

std::optional<std::string> process_environment(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  return value ? std::optional<std::string>(value) : std::nullopt;
}

std::string variable_name(std::string_view table, std::string_view key) {
  std::string out = "STOA_" + std::string(table) + '_' + std::string(key);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return out;
}

Value variable_value(std::string_view text, Shape shape) {
  if (shape == Shape::kNumber) return number_or_text(text);
  if (shape == Shape::kTexts) return {{}, split(text)};
  return {{}, std::string(text)};
}

}  // namespace stoa::manifest
