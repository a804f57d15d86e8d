#include "routing/facts.h"

#include <sys/random.h>

#include <array>

namespace stoa::routing {

std::string random_uuid() {
  std::array<uint8_t, 16> bytes;
  // 16 bytes never come in part, and at run time the pool is long filled: it cannot fail.
  [[maybe_unused]] const auto got = getrandom(bytes.data(), bytes.size(), 0);
  bytes[6] = static_cast<uint8_t>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<uint8_t>((bytes[8] & 0x3f) | 0x80);

  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 0x0f];
  }
  return text;
}

}  // namespace stoa::routing
