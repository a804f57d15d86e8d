// Does a JSON value fit a C++ type, and how does one call that type in a sentence? Stricter than
// the JSON library, which turns 1.5 into 1, true into 1 and -1 into four billion. For the layer
// itself.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace stoa::detail {

template <class T>
concept MapLike = requires {
  typename T::mapped_type;
};

template <class T>
concept ListLike =
    !MapLike<T> && !std::same_as<T, std::string> && !std::same_as<T, nlohmann::json> && requires {
  typename T::value_type;
};

template <std::integral T>
bool integer_fits(const nlohmann::json& value) {
  if (value.is_number_unsigned()) return std::in_range<T>(value.get<uint64_t>());
  return value.is_number_integer() && std::in_range<T>(value.get<int64_t>());
}

template <class T>
bool fits(const nlohmann::json& value) {
  if constexpr (std::same_as<T, bool>) {
    return value.is_boolean();
  } else if constexpr (std::integral<T>) {
    return integer_fits<T>(value);
  } else if constexpr (std::floating_point<T>) {
    return value.is_number();
  } else if constexpr (std::same_as<T, std::string>) {
    return value.is_string();
  } else if constexpr (MapLike<T>) {
    if (!value.is_object()) return false;
    for (const nlohmann::json& item : value) {
      if (!fits<typename T::mapped_type>(item)) return false;
    }
    return true;
  } else if constexpr (ListLike<T>) {
    if (!value.is_array()) return false;
    for (const nlohmann::json& item : value) {
      if (!fits<typename T::value_type>(item)) return false;
    }
    return true;
  } else {
    return true;  // its own from_json() decides
  }
}

template <std::integral T>
std::string range() {
  return std::to_string(std::numeric_limits<T>::min()) + ".." +
         std::to_string(std::numeric_limits<T>::max());
}

// In the words of the manifest: "a table, each value text".
template <class T>
std::string wanted() {
  if constexpr (std::same_as<T, bool>) {
    return "true or false";
  } else if constexpr (std::integral<T>) {
    return "a whole number of " + range<T>();
  } else if constexpr (std::floating_point<T>) {
    return "a number";
  } else if constexpr (std::same_as<T, std::string>) {
    return "text";
  } else if constexpr (MapLike<T>) {
    return "a table, each value " + wanted<typename T::mapped_type>();
  } else if constexpr (ListLike<T>) {
    return "an array, each item " + wanted<typename T::value_type>();
  } else {
    return "another shape";
  }
}

// The value as the operator wrote it, cut if it is long.
inline std::string shown(const nlohmann::json& value) {
  using nlohmann::json;
  std::string text = value.dump(-1, ' ', true, json::error_handler_t::replace);
  constexpr size_t kLongest = 60;
  if (text.size() > kLongest) text = text.substr(0, kLongest) + "...";
  return text;
}

}  // namespace stoa::detail
