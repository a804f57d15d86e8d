// The address of a server, taken apart.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace stoa::client {

struct Url {
  bool tls = false;
  std::string host;  // an IPv6 address without its brackets
  uint16_t port = 0;
  std::string path;       // begins with "/", with the query
  std::string authority;  // host and port as the Host header wants them

  // ws://host[:port][/path][?query] or wss://...; without a scheme it is ws://. Empty if the text
  // is something else, or has user information or characters that do not belong in a URL.
  static std::optional<Url> parse(std::string_view text);
};

}  // namespace stoa::client
