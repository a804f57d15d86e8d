// The kinds of keys that the schema is written with.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "manifest/key.h"

namespace stoa::manifest {

inline constexpr uint32_t kKiB = 1024;
inline constexpr uint32_t kMiB = 1024 * kKiB;
inline constexpr uint32_t kSecond = 1000;
inline constexpr uint32_t kMinute = 60 * kSecond;
inline constexpr uint32_t kHour = 60 * kMinute;

// A whole number within bounds, both included.
template <class Owner, class Number>
Key<Owner> number(std::string_view name, Number Owner::*member, uint32_t least, uint64_t most) {
  std::string wanted =
      "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
  return {name, Shape::kNumber, false, wanted,
          [=](const Value& value, const Place& place, Owner& out) {
            const auto* found = std::get_if<int64_t>(&value.data);
            if (found == nullptr || *found < least || static_cast<uint64_t>(*found) > most) {
              return place.refuse(value, wanted);
            }
            out.*member = static_cast<Number>(*found);
          }};
}

// The same, or 0.
template <class Owner, class Number>
Key<Owner> number_or_zero(std::string_view name, Number Owner::*member, uint32_t least,
                          uint64_t most) {
  Key<Owner> key = number(name, member, least, most);
  key.wanted = "0, or " + key.wanted;
  key.store = [=, wanted = key.wanted](const Value& value, const Place& place, Owner& out) {
    const auto* found = std::get_if<int64_t>(&value.data);
    const bool valid = found != nullptr &&
                       (*found == 0 || (*found >= least && static_cast<uint64_t>(*found) <= most));
    if (!valid) return place.refuse(value, wanted);
    out.*member = static_cast<Number>(*found);
  };
  return key;
}

template <class Owner>
Key<Owner> yes_or_no(std::string_view name, bool Owner::*member) {
  constexpr std::string_view kWanted = "true or false";
  return {name, Shape::kText, false, std::string(kWanted),
          [=](const Value& value, const Place& place, Owner& out) {
            const auto* found = std::get_if<bool>(&value.data);
            if (found == nullptr) return place.refuse(value, kWanted);
            out.*member = *found;
          }};
}

// A text that passes a test.
using Test = bool (*)(std::string_view);

template <class Owner>
Key<Owner> text(std::string_view name, std::string Owner::*member, Test is_valid,
                std::string wanted) {
  return {name, Shape::kText, false, wanted,
          [=](const Value& value, const Place& place, Owner& out) {
            const auto* found = std::get_if<std::string>(&value.data);
            if (found == nullptr || !is_valid(*found)) return place.refuse(value, wanted);
            out.*member = *found;
          }};
}

[[nodiscard]] bool is_empty_text(const Value& value);

// The path that the value says, made absolute; empty if it can be none.
[[nodiscard]] std::optional<std::filesystem::path> absolute_path(const Value& value,
                                                                 const Place& place);

// A path, made absolute.
template <class Owner>
Key<Owner> folder(std::string_view name, std::filesystem::path Owner::*member) {
  std::string wanted = "the path of a folder, absolute or relative to the manifest";
  return {name, Shape::kText, false, wanted,
          [=](const Value& value, const Place& place, Owner& out) {
            auto path = absolute_path(value, place);
            if (!path) return place.refuse(value, wanted);
            out.*member = std::move(*path);
          }};
}

// The same, or "" for none.
template <class Owner>
Key<Owner> folder_or_none(std::string_view name, std::filesystem::path Owner::*member) {
  Key<Owner> key = folder(name, member);
  key.wanted += ", or \"\" for none";
  key.store = [=, wanted = key.wanted](const Value& value, const Place& place, Owner& out) {
    if (is_empty_text(value)) return (out.*member).clear();
    auto path = absolute_path(value, place);
    if (!path) return place.refuse(value, wanted);
    out.*member = std::move(*path);
  };
  return key;
}

// The same key, but a table without it is a problem.
template <class Owner>
Key<Owner> required(Key<Owner> key) {
  key.required = true;
  return key;
}

}  // namespace stoa::manifest
