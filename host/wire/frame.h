// A WebSocket frame from the server to a client: header and payload in one immutable buffer.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "wire/message.h"
#include "wire/utf8.h"

namespace stoa::wire {

enum class Opcode : uint8_t { kText = 0x1, kBinary = 0x2, kClose = 0x8, kPing = 0x9, kPong = 0xA };

// A counted reference to a frame's bytes. A server's frames are not masked, so the same bytes serve
// every client of a broadcast: they are built once and shared by all queues, on all threads. This
// is the one thing in the host that has no single owner.
//
// Frames may be built, copied and dropped on any thread. Building one allocates once, and throws
// std::bad_alloc if that fails. What bytes() and payload() return lives as long as any reference to
// the frame. REQUIRES for bytes(), payload() and opcode(): not empty.
class Frame {
 public:
  Frame() = default;
  Frame(const Frame& other) noexcept : block_(other.block_) {
    if (block_ != nullptr) block_->references.fetch_add(1, std::memory_order_relaxed);
  }
  Frame(Frame&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  Frame& operator=(Frame other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~Frame() { release(); }

  // Builds a frame around `payload`. REQUIRES: at most 125 bytes for kClose, kPing and kPong.
  static Frame of(Opcode opcode, std::string_view payload);
  // Builds the frame of a message without an intermediate copy.
  static Frame of(Opcode opcode, const Message& message);
  // Builds a frame around `head` and `body`, one behind the other.
  static Frame of(Opcode opcode, std::string_view head, std::string_view body);

  explicit operator bool() const noexcept { return block_ != nullptr; }
  // Header and payload, as they go to the socket.
  [[nodiscard]] std::string_view bytes() const noexcept { return {begin(), block_->size}; }
  // Without the header.
  [[nodiscard]] std::string_view payload() const noexcept {
    return bytes().substr(block_->header_size);
  }
  [[nodiscard]] Opcode opcode() const noexcept { return static_cast<Opcode>(*begin() & 0x0F); }

  // How many frames were built by this process: a broadcast adds one, whatever its audience.
  static uint64_t built() noexcept;

 private:
  // The bytes follow it in the same allocation.
  struct Block {
    std::atomic<uint32_t> references;
    uint32_t header_size;
    std::size_t size;  // of header and payload
  };

  explicit Frame(Block* block) noexcept : block_(block) {}
  // A frame with its header, and with a payload still to be written.
  static Frame allocate(Opcode opcode, std::size_t payload_size);
  [[nodiscard]] char* begin() const noexcept { return reinterpret_cast<char*>(block_ + 1); }
  [[nodiscard]] char* payload_begin() const noexcept { return begin() + block_->header_size; }

  void release() noexcept {
    if (block_ == nullptr) return;
    // The last reference must see all that other threads did with theirs before it frees the block.
    // Who finds itself alone stays alone, and needs no locked instruction: the case of every reply.
    if (block_->references.load(std::memory_order_acquire) == 1 ||
        block_->references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      free_block();
    }
  }
  void free_block() noexcept;

  Block* block_ = nullptr;
};

// Appends to `out` the bytes of a frame around `head` and `body`: for a frame that only one
// connection is sent, and that need not be shared.
void append_frame(std::string& out, Opcode opcode, std::string_view head, std::string_view body);

}  // namespace stoa::wire
