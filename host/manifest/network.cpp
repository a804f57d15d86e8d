#include "manifest/network.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <span>
#include <string>

namespace stoa::manifest {
namespace {

constexpr std::array<uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
constexpr uint32_t kMappedBits = 8 * kMapped.size();

std::optional<uint32_t> parse_bits(std::string_view text, uint32_t most) {
  uint32_t bits = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, bits);
  if (error != std::errc() || stop != end || bits > most) return std::nullopt;
  return bits;
}

}  // namespace

std::optional<Network::Address> Network::parse_address(std::string_view text) {
  const std::string address(text);
  if (address.find('\0') != std::string::npos) return std::nullopt;  // inet_pton would stop there
  Address out;
  if (inet_pton(AF_INET6, address.c_str(), out.bytes.data()) == 1) {
    out.is_v4 = std::ranges::equal(std::span(out.bytes).first<kMapped.size()>(), kMapped);
    return out;
  }
  std::ranges::copy(kMapped, out.bytes.begin());
  out.is_v4 = true;
  if (inet_pton(AF_INET, address.c_str(), out.bytes.data() + kMapped.size()) != 1) return {};
  return out;
}

std::optional<Network> Network::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  auto address = parse_address(text.substr(0, slash));
  if (!address) return std::nullopt;
  const bool dotted = text.substr(0, slash).find(':') == std::string_view::npos;
  const uint32_t before = dotted ? kMappedBits : 0;
  if (slash == std::string_view::npos) return Network(*address, 128);
  const auto bits = parse_bits(text.substr(slash + 1), 128 - before);
  if (!bits) return std::nullopt;
  // A network that holds more than the IPv4 addresses is one of IPv6.
  address->is_v4 = address->is_v4 && before + *bits >= kMappedBits;
  return Network(*address, before + *bits);
}

bool Network::contains(std::string_view address) const {
  const auto asked = parse_address(address);
  if (!asked || asked->is_v4 != address_.is_v4) return false;
  const std::size_t whole = bits_ / 8;
  if (!std::equal(asked->bytes.begin(), asked->bytes.begin() + whole, address_.bytes.begin())) {
    return false;
  }
  const uint32_t rest = bits_ % 8;
  return rest == 0 || (asked->bytes[whole] ^ address_.bytes[whole]) >> (8 - rest) == 0;
}

}  // namespace stoa::manifest
