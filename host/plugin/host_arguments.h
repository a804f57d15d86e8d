// What a plugin hands to the functions of its host's table, checked: the same wherever it runs.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "stoa/host.h"

namespace stoa::plugin {

// A log line has at most so many fields.
inline constexpr std::size_t kMaxFields = 32;

// Bytes that are there if they say so.
[[nodiscard]] inline bool well_formed(stoa_bytes bytes) noexcept {
  return bytes.data != nullptr || bytes.size == 0;
}
// At most 255 bytes of UTF-8; a filled one has at least one.
[[nodiscard]] bool is_name(stoa_bytes name) noexcept;
[[nodiscard]] bool is_filled_name(stoa_bytes name) noexcept;
// A namespace, or none.
[[nodiscard]] bool is_name_or_null(const stoa_bytes* name) noexcept;
// The name of a counter or gauge.
[[nodiscard]] bool is_number_name(stoa_bytes name) noexcept;
// How a connection is closed.
[[nodiscard]] bool is_close(uint32_t code, stoa_bytes reason) noexcept;
// How is asked, besides whom: `message` was read before.
[[nodiscard]] bool is_ask(const stoa_message& message, uint32_t mode, uint32_t timeout_ms) noexcept;
[[nodiscard]] bool is_fact(uint32_t fact, stoa_bytes key, const stoa_sink* out) noexcept;
[[nodiscard]] bool is_timer(uint64_t delay_ms, uint64_t period_ms, const stoa_timer* out) noexcept;
[[nodiscard]] bool is_log(uint32_t level, stoa_bytes text, const stoa_field* fields,
                          uint64_t field_count) noexcept;
[[nodiscard]] inline bool is_sink(const stoa_sink* out) noexcept {
  return out && out->put;
}

// Copies what the caller's struct_size covers into a struct of ours, zero beyond. False if that
// size cannot be one, or if there is a tail that we do not know and must not ignore.
template <class T>
[[nodiscard]] bool read(const T* from, T& to) noexcept {
  // No struct of this ABI will grow beyond this: a size that says so was never written.
  constexpr uint32_t kMaxStructSize = 4096;
  if (!from) return false;
  const std::size_t size = from->struct_size;
  if (size == sizeof(T)) {
    to = *from;
    return true;
  }
  if (size < sizeof(uint32_t) || size > kMaxStructSize) return false;
  std::memset(static_cast<void*>(&to), 0, sizeof(T));
  std::memcpy(static_cast<void*>(&to), from, std::min(size, sizeof(T)));
  const char* const bytes = reinterpret_cast<const char*>(from);
  return size <= sizeof(T) ||
         std::all_of(bytes + sizeof(T), bytes + size, [](char byte) { return byte == 0; });
}

// The same, and false if what was read is not well-formed.
[[nodiscard]] bool read_target(const stoa_target* from, stoa_target& to) noexcept;
[[nodiscard]] bool read_message(const stoa_message* from, stoa_message& to) noexcept;
[[nodiscard]] bool read_answer(const stoa_answer* from, stoa_answer& to) noexcept;

}  // namespace stoa::plugin
