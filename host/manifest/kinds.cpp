#include "manifest/kinds.h"

namespace stoa::manifest {

bool is_empty_text(const Value& value) {
  const auto* found = std::get_if<std::string>(&value.data);
  return found != nullptr && found->empty();
}

std::optional<std::filesystem::path> absolute_path(const Value& value, const Place& place) {
  const auto* found = std::get_if<std::string>(&value.data);
  const bool valid = found != nullptr && !found->empty() && found->find('\0') == std::string::npos;
  if (!valid) return std::nullopt;
  return (place.directory / *found).lexically_normal();
}

}  // namespace stoa::manifest
