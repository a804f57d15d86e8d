// WebSocket frames as a client writes and reads them. No I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace stoa::bench {

enum class Opcode : uint8_t { kText = 0x1, kBinary = 0x2, kClose = 0x8, kPing = 0x9, kPong = 0xA };

// Appends a final, masked frame. The mask is fixed but not zero: a server may skip the work of
// unmasking only for zeros, which no real client sends.
void append_masked(std::string& out, Opcode opcode, std::string_view payload);

struct ServerFrame {
  Opcode opcode;
  std::string_view payload;
};

// Takes whole frames off the front of `bytes`. Empty, with `bytes` unchanged, when no whole frame
// is left. Fragmented messages and masked frames do not come from the servers measured here: `bad`
// is set for them.
[[nodiscard]] std::optional<ServerFrame> take_frame(std::string_view& bytes, bool& bad);

}  // namespace stoa::bench
