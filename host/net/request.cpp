#include "net/request.h"

#include <libwebsockets.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "net/lws_quirks.h"

namespace stoa::net {
namespace {

// Headers of the request that say something about the client, as libwebsockets knows them. What is
// only about the upgrade itself is left out. manifest/matches.cpp knows them too.
constexpr std::array kWellKnown = {
    WSI_TOKEN_HOST,
    WSI_TOKEN_ORIGIN,
    WSI_TOKEN_HTTP_AUTHORIZATION,
    WSI_TOKEN_HTTP_COOKIE,
    WSI_TOKEN_HTTP_USER_AGENT,
    WSI_TOKEN_HTTP_REFERER,
    WSI_TOKEN_HTTP_ACCEPT_LANGUAGE,
    WSI_TOKEN_X_FORWARDED_FOR,
};

std::string copy_token(lws* wsi, lws_token_indexes token) {
  const int length = lws_hdr_total_length(wsi, token);
  if (length <= 0) return {};
  std::string value(static_cast<std::size_t>(length) + 1, '\0');
  const int copied = copy_header(wsi, value.data(), length + 1, token);
  value.resize(copied > 0 ? static_cast<std::size_t>(copied) : 0);
  return value;
}

// "host:" as "host".
std::string name_of(lws_token_indexes token) {
  const auto* const name = reinterpret_cast<const char*>(lws_token_to_string(token));
  std::string text = name ? name : "";
  while (!text.empty() && (text.back() == ':' || text.back() == ' ')) text.pop_back();
  return text;
}

// libwebsockets has split the query, at "&" and ";", and decoded it.
std::vector<wire::NameValue> read_query(lws* wsi) {
  std::vector<wire::NameValue> query;
  // As long as all of it: no part can be too long.
  std::string part(static_cast<std::size_t>(lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_URI_ARGS)) + 1,
                   '\0');
  for (int i = 0;; ++i) {
    const int size = lws_hdr_copy_fragment(wsi, part.data(), static_cast<int>(part.size()),
                                           WSI_TOKEN_HTTP_URI_ARGS, i);
    if (size < 0) return query;
    if (size > 0) query.push_back(wire::parameter({part.data(), static_cast<std::size_t>(size)}));
  }
}

std::vector<wire::NameValue> read_headers(lws* wsi, const manifest::Server& settings) {
  std::vector<wire::NameValue> headers;
  for (const lws_token_indexes token : kWellKnown) {
    if (std::string value = copy_token(wsi, token); !value.empty()) {
      headers.push_back({name_of(token), std::move(value)});
    }
  }
  for (const std::string& wanted : settings.headers) {
    const std::string name = wire::lower(wanted);
    if (auto value = read_header(wsi, name)) headers.push_back({name, std::move(*value)});
  }
  return headers;
}

uint32_t read_number(std::string_view text) {
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? number : 0;
}

}  // namespace

std::optional<std::string> read_header(lws* wsi, std::string_view name) {
  const std::string with_colon = std::string(name) + ":";
  for (int token = 0; token < WSI_TOKEN_COUNT; ++token) {
    const auto index = static_cast<lws_token_indexes>(token);
    const auto* const known = reinterpret_cast<const char*>(lws_token_to_string(index));
    if (!known || with_colon != known) continue;
    if (lws_hdr_total_length(wsi, index) <= 0) return std::nullopt;
    return copy_token(wsi, index);
  }
  const int size = static_cast<int>(with_colon.size());
  const int length = lws_hdr_custom_length(wsi, with_colon.data(), size);
  if (length < 0) return std::nullopt;
  std::string value(static_cast<std::size_t>(length) + 1, '\0');
  const int copied = lws_hdr_custom_copy(wsi, value.data(), length + 1, with_colon.data(), size);
  if (copied < 0) return std::nullopt;
  value.resize(static_cast<std::size_t>(copied));
  return value;
}

routing::Facts read_facts(lws* wsi, const manifest::Server& settings) {
  routing::Facts facts;
  facts.id = routing::random_uuid();
  std::array<char, 64> address{};
  lws_get_peer_simple(wsi, address.data(), address.size());
  facts.address = address.data();
  facts.path = copy_token(wsi, WSI_TOKEN_GET_URI);
  facts.query = read_query(wsi);
  facts.headers = read_headers(wsi, settings);
  for (wire::NameValue& header : wire::headers_from_query(facts.query)) {
    const std::string name = wire::lower(header.name);
    // A header that was sent is never replaced.
    if (!read_header(wsi, name)) facts.headers.push_back({name, std::move(header.value)});
  }
  facts.live_header = [wsi](std::string_view name) { return read_header(wsi, name); };
  const auto reconnect = std::find_if(facts.headers.begin(), facts.headers.end(),
                                      [](auto& h) { return h.name == "x-websocket-reconnect"; });
  if (reconnect != facts.headers.end()) {
    facts.reconnects = read_number(reconnect->value);
  } else if (const auto sent = read_header(wsi, "x-websocket-reconnect")) {
    facts.reconnects = read_number(*sent);
  }
  return facts;
}

}  // namespace stoa::net
