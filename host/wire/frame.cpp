#include "wire/frame.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <new>

namespace stoa::wire {
namespace {

constexpr uint8_t kFinal = 0x80;               // the only frame of its message
constexpr std::size_t kMaxShortPayload = 125;  // and that of any control frame
constexpr std::size_t kMaxMediumPayload = 0xFFFF;
constexpr uint8_t kMediumLengthFollows = 126;
constexpr uint8_t kLongLengthFollows = 127;
constexpr std::size_t kMaxHeader = 10;

uint32_t header_size(std::size_t payload_size) {
  if (payload_size <= kMaxShortPayload) return 2;
  return payload_size <= kMaxMediumPayload ? 4 : 10;
}

char* put_big_endian(char* out, uint64_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    *out++ = static_cast<char>((value >> shift) & 0xFF);
  }
  return out;
}

void put_header(char* out, Opcode opcode, std::size_t payload_size) {
  *out++ = static_cast<char>(kFinal | static_cast<uint8_t>(opcode));
  if (payload_size <= kMaxShortPayload) {
    *out = static_cast<char>(payload_size);
  } else if (payload_size <= kMaxMediumPayload) {
    *out++ = static_cast<char>(kMediumLengthFollows);
    put_big_endian(out, payload_size, 2);
  } else {
    *out++ = static_cast<char>(kLongLengthFollows);
    put_big_endian(out, payload_size, 8);
  }
}

[[maybe_unused]] bool is_control(Opcode opcode) {
  return static_cast<uint8_t>(opcode) >= 0x8;
}

// One counter per thread (shared by every 32nd), each on a cache line of its own: workers that
// build frames at the same time do not wait for each other to count them.
constexpr std::size_t kCounters = 32;
struct alignas(64) Counter {
  std::atomic<uint64_t> value{0};
};
constinit std::array<Counter, kCounters> counters;
constinit std::atomic<std::size_t> next_counter{0};

void count_one() {
  thread_local Counter& mine =
      counters[next_counter.fetch_add(1, std::memory_order_relaxed) % kCounters];
  mine.value.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

Frame Frame::allocate(Opcode opcode, std::size_t payload_size) {
  assert(!is_control(opcode) || payload_size <= kMaxShortPayload);
  const uint32_t header = header_size(payload_size);
  void* memory = ::operator new(sizeof(Block) + header + payload_size);
  Frame frame(::new (memory) Block{{1}, header, header + payload_size});
  put_header(frame.begin(), opcode, payload_size);
  count_one();
  return frame;
}

void Frame::free_block() noexcept {
  block_->~Block();
  ::operator delete(block_);
}

Frame Frame::of(Opcode opcode, std::string_view payload) {
  Frame frame = allocate(opcode, payload.size());
  std::copy(payload.begin(), payload.end(), frame.payload_begin());
  return frame;
}

Frame Frame::of(Opcode opcode, const Message& message) {
  Frame frame = allocate(opcode, encoded_size(message));
  encode(message, frame.payload_begin());
  return frame;
}

Frame Frame::of(Opcode opcode, std::string_view head, std::string_view body) {
  Frame frame = allocate(opcode, head.size() + body.size());
  char* const behind = std::copy(head.begin(), head.end(), frame.payload_begin());
  std::copy(body.begin(), body.end(), behind);
  return frame;
}

uint64_t Frame::built() noexcept {
  uint64_t sum = 0;
  for (const Counter& counter : counters) sum += counter.value.load(std::memory_order_relaxed);
  return sum;
}

void append_frame(std::string& out, Opcode opcode, std::string_view head, std::string_view body) {
  const std::size_t payload_size = head.size() + body.size();
  if (payload_size <= kMaxShortPayload) {
    std::array<char, 2 + kMaxShortPayload> frame;
    put_header(frame.data(), opcode, payload_size);
    char* const behind = std::copy(head.begin(), head.end(), frame.data() + 2);
    out.append(frame.data(), std::copy(body.begin(), body.end(), behind));
    return;
  }
  std::array<char, kMaxHeader> header;
  put_header(header.data(), opcode, payload_size);
  out.append(header.data(), header_size(payload_size)).append(head).append(body);
}

}  // namespace stoa::wire
