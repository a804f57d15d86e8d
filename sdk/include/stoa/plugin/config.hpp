// What the operator wrote in the manifest for this namespace.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>

#include "../detail/wanted.hpp"
#include "body.hpp"

namespace stoa {

// Thrown for a configuration that does not fit. Its text is a sentence for the operator. Out of the
// plugin's constructor it keeps the server from starting; out of on.config() it keeps the old one.
class ConfigError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The table [namespace.NAME.config]. Immutable; a copy is one pointer. Any thread.
//
//   period_(config().get("period_ms", 1000u))                    // optional
//   tokens_(config().get<std::map<std::string, std::string>>("tokens"))   // required
class Config {
 public:
  // Throws ConfigError if `json_text` is not a JSON object.
  explicit Config(std::string_view json_text)
      : table_(std::make_shared<nlohmann::json>(
            nlohmann::json::parse(json_text, nullptr, /*allow_exceptions=*/false))) {
    if (!table_->is_object()) throw ConfigError("The config is not a JSON object.");
  }

  [[nodiscard]] bool has(std::string_view key) const { return table_->contains(key); }

  // The value of `key`. Throws ConfigError if it is missing, of another type or out of T's range.
  template <JsonReadable T>
  [[nodiscard]] T get(std::string_view key) const {
    const auto found = table_->find(key);
    if (found == table_->end()) {
      throw ConfigError("The config key \"" + std::string(key) + "\" is missing: it must be " +
                        detail::wanted<T>() + ".");
    }
    if (!detail::fits<T>(*found)) throw unfit<T>(key, *found);
    return convert<T>(key, *found);
  }

  // The same, or `fallback` if it is missing.
  template <JsonReadable T>
  [[nodiscard]] T get(std::string_view key, T fallback) const {
    return has(key) ? get<T>(key) : fallback;
  }
  [[nodiscard]] std::string get(std::string_view key, const char* fallback) const {
    return get<std::string>(key, fallback);
  }

  // The whole table as a struct with from_json(). Throws ConfigError with that function's reason,
  // and for a number that does not fit (see Message::as()).
  template <JsonReadable T>
  [[nodiscard]] T as() const {
    if (!detail::fits<T>(*table_)) {
      throw ConfigError("The config must be " + detail::wanted<T>() + ", but is " +
                        detail::shown(*table_) + ".");
    }
    try {
      T value = table_->get<T>();
      const std::string lost = detail::lost_number_of(*table_, value);
      if (!lost.empty()) throw ConfigError("The config does not fit: " + lost + ".");
      return value;
    } catch (const nlohmann::json::exception& failure) {
      throw ConfigError("The config does not fit: " + detail::plain_reason(failure) + ".");
    }
  }

  // Throws ConfigError if there is a key that is not among `known`: most often a slip of the pen.
  void only(std::initializer_list<std::string_view> known) const {
    for (const auto& [key, value] : table_->items()) {
      if (std::find(known.begin(), known.end(), key) != known.end()) continue;
      throw ConfigError("The config key \"" + key + "\" is unknown: " + listed(known) + ".");
    }
  }

  [[nodiscard]] const nlohmann::json& json() const { return *table_; }

 private:
  template <class T>
  static ConfigError unfit(std::string_view key, const nlohmann::json& found) {
    return ConfigError("The config key \"" + std::string(key) + "\" must be " +
                       detail::wanted<T>() + ", but is " + detail::shown(found) + ".");
  }

  template <class T>
  static T convert(std::string_view key, const nlohmann::json& found) {
    try {
      T value = found.get<T>();
      const std::string lost = detail::lost_number_of(found, value);
      if (lost.empty()) return value;
      throw ConfigError("The config key \"" + std::string(key) + "\" does not fit: " + lost + ".");
    } catch (const nlohmann::json::exception& failure) {
      throw ConfigError("The config key \"" + std::string(key) +
                        "\" does not fit: " + detail::plain_reason(failure) + ".");
    }
  }

  static std::string listed(std::initializer_list<std::string_view> known) {
    if (known.size() == 0) return "this plugin has none";
    std::string text = "this plugin knows ";
    for (const std::string_view& key : known) {
      if (&key != known.begin()) text += ", ";
      text += key;
    }
    return text;
  }

  std::shared_ptr<const nlohmann::json> table_;  // shared: handlers read it while it is replaced
};

}  // namespace stoa
