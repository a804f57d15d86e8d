// Does a JSON value fit a C++ type, and how does one call that type in a sentence? Stricter than
// the JSON library, which turns 1.5 into 1, true into 1 and -1 into four billion. For the layer
// itself.
//
// fits<T>() knows before the conversion, for numbers, texts, and lists and maps of them. What a
// struct's from_json() does inside is seen afterwards: written as JSON again, the struct must have
// the numbers that were given.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <ranges>
#include <string>
#include <string_view>
#include <type_traits>

namespace stoa::detail {

// With text for keys: the library writes other maps as arrays of pairs.
template <class T>
concept MapLike = std::constructible_from<std::string, typename T::key_type> && requires {
  typename T::mapped_type;
};

template <class T>
concept ListLike = !MapLike<T> && !std::same_as<T, std::string> &&
                   !std::same_as<T, nlohmann::json> && std::ranges::range<T> && requires {
  typename T::value_type;
};

// Does fits<T>() look at every number? Not inside of structs: see lost_number().
template <class T>
constexpr bool settled() {
  if constexpr (MapLike<T>) {
    return settled<typename T::mapped_type>();
  } else if constexpr (ListLike<T>) {
    return settled<typename T::value_type>();
  } else {
    return std::is_arithmetic_v<T> || std::same_as<T, std::string> ||
           std::same_as<T, nlohmann::json>;
  }
}

template <std::integral T>
bool integer_fits(const nlohmann::json& value) {
  using Limits = std::numeric_limits<T>;
  constexpr auto kMost = static_cast<uint64_t>(Limits::max());
  if (value.is_number_unsigned()) return value.get<uint64_t>() <= kMost;
  if (!value.is_number_integer()) return false;
  const auto number = value.get<int64_t>();
  return number < 0 ? number >= static_cast<int64_t>(Limits::min())
                    : static_cast<uint64_t>(number) <= kMost;
}

template <class T>
bool fits(const nlohmann::json& value) {
  if constexpr (std::same_as<T, bool>) {
    return value.is_boolean();
  } else if constexpr (std::integral<T>) {
    return integer_fits<T>(value);
  } else if constexpr (std::floating_point<T>) {
    return value.is_number() && std::isfinite(value.get<T>());
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

// Did the number `given` become another one, `read`? Fractions may be rounded.
inline bool same_number(const nlohmann::json& given, const nlohmann::json& read) {
  if (read.is_number_float()) return given.is_number() && std::isfinite(read.get<double>());
  if (!given.is_number_integer()) return false;
  const bool negative = !given.is_number_unsigned() && given.get<int64_t>() < 0;
  const bool read_negative = !read.is_number_unsigned() && read.get<int64_t>() < 0;
  return negative == read_negative && given.get<uint64_t>() == read.get<uint64_t>();
}

// Where `read`, which is a value made of `given` and written as JSON again, has another number than
// was given: `items[2].x: -1 does not fit`. Empty if nowhere. It compares what both have.
inline std::string lost_number(const nlohmann::json& given, const nlohmann::json& read,
                               const std::string& where = "") {
  std::string lost;
  if (given.is_object() && read.is_object()) {
    for (const auto& [key, value] : read.items()) {
      const auto at = given.find(key);
      if (at == given.end()) continue;
      std::string name = where;
      if (!name.empty()) name += '.';
      lost = lost_number(*at, value, name += key);
      if (!lost.empty()) break;
    }
  } else if (given.is_array() && read.is_array()) {
    for (size_t i = 0; lost.empty() && i < std::min(given.size(), read.size()); ++i) {
      lost = lost_number(given[i], read[i], where + "[" + std::to_string(i) + "]");
    }
  } else if (read.is_number() && (given.is_number() || given.is_boolean()) &&
             !same_number(given, read)) {
    lost = (where.empty() ? "" : where + ": ") + shown(given) + " does not fit";
  }
  return lost;
}

// The same for a value of any type. Nothing is known of one that cannot be written.
template <class T>
std::string lost_number_of(const nlohmann::json& given, const T& value) {
  if constexpr (!settled<T>() && requires { nlohmann::json(value); }) {
    return lost_number(given, nlohmann::json(value));
  } else {
    return {};
  }
}

}  // namespace stoa::detail
