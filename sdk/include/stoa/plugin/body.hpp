// What a message carries: text, bytes, or a value that travels as JSON.
#pragma once

#include <concepts>
#include <nlohmann/json.hpp>
#include <ranges>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "../detail/wanted.hpp"
#include "../host.h"
#include "error.hpp"

namespace stoa {

// Texts travel as they are.
template <class T>
concept Text = std::convertible_to<const T&, std::string_view> && !std::same_as<T, nlohmann::json>;

// Everything else travels as JSON: numbers, vectors, maps, nlohmann::json itself, and each struct
// that is declared with NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE or has to_json() and from_json().
template <class T>
concept JsonWritable = !Text<T> && requires(const T& value) {
  nlohmann::json(value);
};

// To read it, a type must own what it holds: std::string, not std::string_view.
template <class T>
concept JsonReadable =
    std::default_initializable<T> && !std::ranges::view<T> && requires(const nlohmann::json& json) {
  json.get<T>();
};

// Marks bytes that travel in a binary frame. Borrows them.
struct Binary {
  constexpr explicit Binary(std::string_view data) : bytes(data) {}
  explicit Binary(std::span<const std::byte> data)
      : bytes(reinterpret_cast<const char*>(data.data()), data.size()) {}
  std::string_view bytes;
};

// Thrown by Message::as(), Answer::as() and State::as(). Its text is "invalid payload: " and the
// reason; if a handler lets it pass, that is what the client is answered.
class PayloadError : public std::runtime_error {
 public:
  explicit PayloadError(const std::string& reason)
      : std::runtime_error(std::string(kInvalidPayload.text()) + ": " + reason) {}
};

// The argument of everything that sends. It is made on the spot from what one has:
//
//   member.emit("said", "hello");                       // text, which must be UTF-8
//   member.emit("photo", stoa::Binary(jpeg));           // any bytes
//   member.emit("moved", Position{.x = 3, .y = 4});     // JSON
//   member.emit("again", msg);                          // what a message brought, in its own kind
//
// Text and bytes are borrowed, so a Body is not for keeping. Text in a value that is not UTF-8 is
// mended with U+FFFD.
class Body {
 public:
  Body() = default;
  template <Text T>
  Body(const T& text) : borrowed_(text) {}
  Body(const Binary& binary) : borrowed_(binary.bytes), binary_(true) {}
  template <JsonWritable T>
  Body(const T& value) : json_(to_json_text(value)) {}

  [[nodiscard]] std::string_view bytes() const { return json_.empty() ? borrowed_ : json_; }
  [[nodiscard]] bool binary() const { return binary_; }
  [[nodiscard]] uint32_t flags() const { return binary_ ? STOA_MESSAGE_BINARY : 0; }

  // The JSON text of a value.
  template <JsonWritable T>
  static std::string to_json_text(const T& value) {
    using nlohmann::json;
    return json(value).dump(-1, ' ', false, json::error_handler_t::replace);
  }

 private:
  std::string json_;  // JSON is never empty
  std::string_view borrowed_;
  bool binary_ = false;
};

namespace detail {

// nlohmann's texts begin with a name in brackets that says nothing to the reader.
inline std::string plain_reason(const nlohmann::json::exception& failure) {
  const std::string_view text = failure.what();
  const size_t end = text.find("] ");
  return std::string(end == std::string_view::npos ? text : text.substr(end + 2));
}

// The library copies and destroys what it parsed recursively: a client must not choose how deep.
inline void refuse_deep(std::string_view json) {
  constexpr int kDeepest = 256;
  int depth = 0;
  bool in_text = false;
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (c == '"') in_text = !in_text;
    if (in_text && c == '\\') ++i;
    if (in_text) continue;
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    if (depth > kDeepest) throw PayloadError("nested more than 256 deep");
  }
}

// Throws PayloadError if `body` is not a T in JSON: see Message::as().
template <JsonReadable T>
T from_json_text(std::string_view body) {
  refuse_deep(body);
  try {
    const auto given = nlohmann::json::parse(body);
    if (!fits<T>(given)) {
      throw PayloadError("it must be " + wanted<T>() + ", but is " + shown(given));
    }
    T value = given.get<T>();
    const std::string lost = lost_number_of(given, value);
    if (!lost.empty()) throw PayloadError(lost);
    return value;
  } catch (const nlohmann::json::exception& failure) {
    throw PayloadError(plain_reason(failure));
  }
}

}  // namespace detail

}  // namespace stoa
