#include "url.h"

#include <algorithm>
#include <charconv>

namespace stoa::client {
namespace {

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool is_clean(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c != 0x7f; });
}

// Reads ":1234"; nothing is fine and leaves `port` as it is.
bool read_port(std::string_view text, uint16_t& port) {
  if (text.empty()) return true;
  if (text.front() != ':') return false;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + 1, end, port);
  return error == std::errc() && rest == end && port != 0;
}

// Splits "host:port" or "[address]:port".
bool read_authority(std::string_view text, Url& url) {
  std::size_t host_end = 0;
  if (!text.empty() && text.front() == '[') {
    const std::size_t bracket = text.find(']');
    if (bracket == std::string_view::npos) return false;
    url.host = text.substr(1, bracket - 1);
    host_end = bracket + 1;
  } else {
    host_end = std::min(text.find(':'), text.size());
    url.host = text.substr(0, host_end);
  }
  url.authority = text;
  return !url.host.empty() && read_port(text.substr(host_end), url.port);
}

}  // namespace

std::optional<Url> Url::parse(std::string_view text) {
  Url url;
  if (take_prefix(text, "wss://")) {
    url.tls = true;
  } else if (!take_prefix(text, "ws://") && text.find("://") != std::string_view::npos) {
    return std::nullopt;
  }
  url.port = url.tls ? 443 : 80;
  text = text.substr(0, text.find('#'));
  if (!is_clean(text)) return std::nullopt;

  const std::size_t path = std::min(text.find_first_of("/?"), text.size());
  const std::string_view authority = text.substr(0, path);
  if (authority.find('@') != std::string_view::npos) return std::nullopt;
  if (!read_authority(authority, url)) return std::nullopt;
  url.path = text.substr(path);
  if (url.path.empty() || url.path.front() != '/') url.path.insert(0, 1, '/');
  return url;
}

}  // namespace stoa::client
