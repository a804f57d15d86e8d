// A WebSocket frame from the server to a client: header and payload in one immutable buffer.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "wire/message.h"

namespace stoa::wire {

enum class Opcode : uint8_t { kText = 0x1, kBinary = 0x2, kClose = 0x8, kPing = 0x9, kPong = 0xA };

// A counted reference to a frame's bytes. A server's frames are not masked, so the same bytes serve
// every client of a broadcast: they are built once and shared by all queues, on all threads. This is
// the one thing in the host that has no single owner.
class Frame {
 public:
  Frame() = default;
  Frame(const Frame& other) noexcept : block_(other.block_) { retain(); }
  Frame(Frame&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  Frame& operator=(Frame other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~Frame() { release(); }

  // Builds a frame around `payload`.
  static Frame of(Opcode opcode, std::string_view payload);
  // Builds the frame of a message without an intermediate copy.
  static Frame of(Opcode opcode, const Message& message);
  // Builds a close frame: `reason` is cut at 123 bytes, at a character's end.
  static Frame close(uint16_t code, std::string_view reason);

  explicit operator bool() const noexcept { return block_ != nullptr; }
  // Header and payload, as they go to the socket.
  [[nodiscard]] std::string_view bytes() const noexcept;
  // Without the header.
  [[nodiscard]] std::string_view payload() const noexcept;
  [[nodiscard]] Opcode opcode() const noexcept;

  // How many frames were built by this process: a broadcast adds one, whatever its audience.
  static uint64_t built() noexcept;

 private:
  struct Block;
  explicit Frame(Block* block) noexcept : block_(block) {}
  static Frame allocate(Opcode opcode, std::size_t payload_size);
  void retain() const noexcept;
  void release() noexcept;

  Block* block_ = nullptr;
};

// The longest prefix of `text` that has at most `limit` bytes and ends at the end of a character.
[[nodiscard]] std::string_view cut_utf8(std::string_view text, std::size_t limit);
[[nodiscard]] bool is_utf8(std::string_view text);

}  // namespace stoa::wire
