#include "wire/query.h"

#include <algorithm>
#include <array>
#include <utility>

namespace stoa::wire {
namespace {

constexpr std::string_view kHeaderPrefix = "x-websocket-header-";

// Names of headers are compared in lower case. A name that ends in '-' stands for all that begin
// so.
constexpr std::array<std::string_view, 6> kForbidden = {"host",      "origin",       "cookie",
                                                        "forwarded", "x-forwarded-", "sec-"};

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

std::string lower(std::string_view name) {
  std::string out(name);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  });
  return out;
}

NameValue parameter(std::string_view decoded) {
  const std::size_t equals = std::min(decoded.find('='), decoded.size());
  const std::size_t value = std::min(equals + 1, decoded.size());
  return {std::string(decoded.substr(0, equals)), std::string(decoded.substr(value))};
}

std::vector<NameValue> headers_from_query(const std::vector<NameValue>& query) {
  std::vector<NameValue> headers;
  for (const NameValue& each : query) {
    if (!lower(each.name).starts_with(kHeaderPrefix)) continue;
    std::string name = each.name.substr(kHeaderPrefix.size());
    if (!is_http_token(name) || is_forbidden(name) || !is_header_value(each.value)) continue;
    headers.push_back({std::move(name), each.value});
  }
  return headers;
}

bool is_http_token(std::string_view name) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::ranges::all_of(name, [=](char c) {
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

}  // namespace stoa::wire
