#include "wire/utf8.h"

#include <cstdint>
#include <cstring>

namespace stoa::wire {
namespace {

// Bytes of a character, and what its second byte may be: that range alone rules out overlong forms,
// surrogates and what lies beyond U+10FFFF (RFC 3629, section 4). Size 0: no character begins so.
struct Lead {
  uint8_t size;
  uint8_t second_min;
  uint8_t second_max;
};

constexpr Lead lead_of(uint8_t byte) {
  if (byte < 0x80) return {1, 0, 0};
  if (byte < 0xC2) return {0, 0, 0};
  if (byte < 0xE0) return {2, 0x80, 0xBF};
  if (byte == 0xE0) return {3, 0xA0, 0xBF};
  if (byte == 0xED) return {3, 0x80, 0x9F};
  if (byte < 0xF0) return {3, 0x80, 0xBF};
  if (byte == 0xF0) return {4, 0x90, 0xBF};
  if (byte < 0xF4) return {4, 0x80, 0xBF};
  if (byte == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

constexpr bool is_continuation(uint8_t byte) {
  return (byte & 0xC0) == 0x80;
}

// Bytes of the character that `text` begins with, or 0 if it begins with none.
std::size_t character_size(const uint8_t* text, std::size_t left) {
  const Lead lead = lead_of(text[0]);
  if (lead.size < 2) return lead.size;
  if (lead.size > left || text[1] < lead.second_min || text[1] > lead.second_max) return 0;
  for (std::size_t i = 2; i < lead.size; ++i) {
    if (!is_continuation(text[i])) return 0;
  }
  return lead.size;
}

// Most text is ASCII: 32 bytes at a time, then eight, the last eight once more for what is left.
std::size_t skip_ascii(const uint8_t* text, std::size_t size, std::size_t at) {
  for (; at + 4 * sizeof(uint64_t) <= size; at += 4 * sizeof(uint64_t)) {
    uint64_t words[4];
    std::memcpy(words, text + at, sizeof(words));
    if (((words[0] | words[1] | words[2] | words[3]) & 0x8080808080808080u) != 0) break;
  }
  for (; at + sizeof(uint64_t) <= size; at += sizeof(uint64_t)) {
    uint64_t eight;
    std::memcpy(&eight, text + at, sizeof(eight));
    if ((eight & 0x8080808080808080u) != 0) break;
  }
  if (size - at < sizeof(uint64_t) && size >= sizeof(uint64_t)) {
    uint64_t last;
    std::memcpy(&last, text + size - sizeof(last), sizeof(last));
    if ((last & 0x8080808080808080u) == 0) return size;
  }
  while (at < size && text[at] < 0x80) ++at;
  return at;
}

std::size_t valid_prefix(std::string_view text) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  std::size_t at = skip_ascii(bytes, text.size(), 0);
  while (at < text.size()) {
    const std::size_t size = character_size(bytes + at, text.size() - at);
    if (size == 0) break;
    at += size;
    if (size == 1) at = skip_ascii(bytes, text.size(), at);
  }
  return at;
}

}  // namespace

bool is_utf8(std::string_view text) {
  return valid_prefix(text) == text.size();
}

std::string_view cut_utf8(std::string_view text, std::size_t limit) {
  return text.substr(0, valid_prefix(text.substr(0, limit)));
}

}  // namespace stoa::wire
