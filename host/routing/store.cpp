#include "routing/store.h"

#include <charconv>

namespace stoa::routing {

const std::string* Store::find(std::string_view key) const {
  const auto at = values_.find(key);
  return at == values_.end() ? nullptr : &at->second;
}

int32_t Store::set(std::string_view key, std::string_view value) {
  if (key.empty() || key.size() > kMaxKeyBytes || value.size() > kMaxValueBytes) {
    return STOA_ERR_INVALID;
  }
  if (const auto at = values_.find(key); at != values_.end()) {
    at->second.assign(value);
    return STOA_OK;
  }
  if (values_.size() >= max_keys_) return STOA_ERR_LIMIT;
  values_.emplace(key, value);
  return STOA_OK;
}

int32_t Store::erase(std::string_view key) {
  const auto at = values_.find(key);
  if (at == values_.end()) return STOA_ERR_NOT_FOUND;
  values_.erase(at);
  return STOA_OK;
}

int32_t Store::add(std::string_view key, int64_t amount, int64_t& result) {
  int64_t present = 0;
  if (const std::string* value = find(key)) {
    const char* end = value->data() + value->size();
    const auto [stopped, error] = std::from_chars(value->data(), end, present);
    if (error != std::errc{} || stopped != end) return STOA_ERR_INVALID;
  }
  if (__builtin_add_overflow(present, amount, &result)) return STOA_ERR_INVALID;
  return set(key, std::to_string(result));
}

int32_t Store::swap(std::string_view key, std::optional<std::string_view> expected,
                    std::string_view value) {
  const std::string* present = find(key);
  const bool as_expected = expected ? present && *present == *expected : !present;
  return as_expected ? set(key, value) : STOA_ERR_CONFLICT;
}

}  // namespace stoa::routing
