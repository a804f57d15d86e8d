// A network of numeric addresses, as a version's `match` names it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace stoa::manifest {

// A plain value. An IPv4 address that came in through an IPv6 socket (::ffff:10.1.2.3) is the IPv4
// address that it stands for.
class Network {
 public:
  // Reads `10.0.0.0/8`, `2001:db8::/32`, or a single address. Bits behind the prefix do not count.
  // Empty if the text is anything else: names are not looked up.
  [[nodiscard]] static std::optional<Network> parse(std::string_view text);

  // Is it an address of this network? False for a text that is no numeric address.
  [[nodiscard]] bool contains(std::string_view address) const;

 private:
  // Of either family, an IPv4 address in its IPv6 form.
  struct Address {
    std::array<uint8_t, 16> bytes{};
    bool is_v4 = false;
  };

  Network(const Address& address, uint32_t bits) : address_(address), bits_(bits) {}
  static std::optional<Address> parse_address(std::string_view text);

  Address address_;
  uint32_t bits_;  // of the IPv6 form
};

}  // namespace stoa::manifest
