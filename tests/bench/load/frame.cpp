#include "frame.h"

#include <array>

namespace stoa::bench {
namespace {

constexpr std::array<char, 4> kMask = {'\x37', '\x59', '\x21', '\x6d'};

uint64_t big_endian(std::string_view digits) {
  uint64_t value = 0;
  for (const char c : digits) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

}  // namespace

void append_masked(std::string& out, Opcode opcode, std::string_view payload) {
  out.push_back(static_cast<char>(0x80 | static_cast<int>(opcode)));
  const std::size_t size = payload.size();
  const std::size_t digits = size < 126 ? 0 : size <= 0xFFFF ? 2 : 8;
  const std::size_t length = digits == 0 ? size : digits == 2 ? 126 : 127;
  out.push_back(static_cast<char>(0x80 | length));
  for (std::size_t i = digits; i-- > 0;) out.push_back(static_cast<char>(size >> (8 * i)));
  out.append(kMask.data(), kMask.size());
  for (std::size_t i = 0; i < size; ++i) {
    out.push_back(static_cast<char>(payload[i] ^ kMask[i % kMask.size()]));
  }
}

std::optional<ServerFrame> take_frame(std::string_view& bytes, bool& bad) {
  if (bytes.size() < 2) return std::nullopt;
  const auto first = static_cast<unsigned char>(bytes[0]);
  const auto second = static_cast<unsigned char>(bytes[1]);
  if ((first & 0xF0) != 0x80 || (second & 0x80) != 0 || (first & 0x0F) == 0) {
    bad = true;
    return std::nullopt;
  }
  const std::size_t digits = second < 126 ? 0 : second == 126 ? 2 : 8;
  if (bytes.size() < 2 + digits) return std::nullopt;
  const uint64_t size = digits == 0 ? second : big_endian(bytes.substr(2, digits));
  if (bytes.size() - 2 - digits < size) return std::nullopt;
  const ServerFrame frame{static_cast<Opcode>(first & 0x0F), bytes.substr(2 + digits, size)};
  bytes.remove_prefix(2 + digits + size);
  return frame;
}

}  // namespace stoa::bench
