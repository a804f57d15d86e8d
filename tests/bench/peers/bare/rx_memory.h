// Where libwebsockets' per-connection receive buffers live.
#pragma once

#include <cstddef>

namespace stoa::bench {

enum class RxMemory {
  kHeap,    // as libwebsockets does it: the whole buffer from malloc
  kRegion,  // a slot of a reserved region: only pages that are touched count
  kShort,   // only what control frames need (see below)
};

// Takes over the allocator of libwebsockets, for the whole process and its life. Call it before the
// first context is made, and from no thread afterwards.
//
// libwebsockets 4.1 allocates `rx_buffer_size` bytes for each connection (reason "rx_ubuf"), yet
// hands data frames over straight from the buffer that all connections share. Only the payload of a
// control frame, 125 bytes at most, is ever collected in the connection's own.
void place_rx_buffers(RxMemory where, std::size_t slot_size, std::size_t slots);

}  // namespace stoa::bench
