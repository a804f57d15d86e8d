#include "wire/query.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace stoa::wire {
namespace {

constexpr std::size_t kMaxParameters = 64;
constexpr std::string_view kHeaderPrefix = "x-websocket-header-";

// Names of headers are compared in lower case. A name that ends in '-' stands for all that begin
// so.
constexpr std::array<std::string_view, 6> kForbidden = {"host",      "origin",       "cookie",
                                                        "forwarded", "x-forwarded-", "sec-"};

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return lower(c); });
  return out;
}

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (lower(c) >= 'a' && lower(c) <= 'f') return static_cast<unsigned>(lower(c) - 'a' + 10);
  return std::nullopt;
}

// The byte that `%XX` at the beginning of `text` stands for.
std::optional<char> percent_byte(std::string_view text) {
  if (text.size() < 3 || text[0] != '%') return std::nullopt;
  const auto high = hex_digit(text[1]);
  const auto low = hex_digit(text[2]);
  if (!high || !low) return std::nullopt;
  return static_cast<char>(*high << 4 | *low);
}

std::string decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto byte = percent_byte(text);
    out.push_back(byte ? *byte : text[0] == '+' ? ' ' : text[0]);
    text.remove_prefix(byte ? 3 : 1);
  }
  return out;
}

NameValue parameter(std::string_view text) {
  const std::size_t equals = std::min(text.find('='), text.size());
  const std::size_t value = std::min(equals + 1, text.size());
  return {decode(text.substr(0, equals)), decode(text.substr(value))};
}

bool is_forbidden(std::string_view name) {
  return std::ranges::any_of(kForbidden, [low = lower(name)](std::string_view forbidden) {
    return forbidden.ends_with('-') ? low.starts_with(forbidden) : low == forbidden;
  });
}

bool is_header_value(std::string_view value) {
  constexpr std::string_view kBreaks("\r\n\0", 3);
  return value.find_first_of(kBreaks) == std::string_view::npos;
}

}  // namespace

std::vector<NameValue> parse_query(std::string_view query) {
  std::vector<NameValue> parameters;
  if (query.starts_with('?')) query.remove_prefix(1);
  while (!query.empty() && parameters.size() < kMaxParameters) {
    const std::size_t end = std::min(query.find('&'), query.size());
    if (end > 0) parameters.push_back(parameter(query.substr(0, end)));
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return parameters;
}

std::vector<NameValue> headers_from_query(const std::vector<NameValue>& query) {
  std::vector<NameValue> headers;
  for (const NameValue& parameter : query) {
    if (!lower(parameter.name).starts_with(kHeaderPrefix)) continue;
    std::string name = parameter.name.substr(kHeaderPrefix.size());
    if (!is_http_token(name) || is_forbidden(name) || !is_header_value(parameter.value)) continue;
    headers.push_back({std::move(name), parameter.value});
  }
  return headers;
}

bool is_http_token(std::string_view name) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::ranges::all_of(name, [=](char c) {
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

}  // namespace stoa::wire
