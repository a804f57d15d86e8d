#include "rx_memory.h"

#include <libwebsockets.h>
#include <sys/mman.h>

#include <cstdlib>
#include <string_view>
#include <vector>

namespace stoa::bench {
namespace {

constexpr std::size_t kControlFrameBytes = LWS_PRE + 125 + 4;

// One reserved stretch of addresses, cut into equal slots.
class Region {
 public:
  Region(std::size_t slot_size, std::size_t slots)
      : slot_size_((slot_size + 4095) / 4096 * 4096), size_(slot_size_ * slots) {
    void* memory = mmap(nullptr, size_, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) std::abort();
    begin_ = static_cast<char*>(memory);
    free_.reserve(slots);
    for (std::size_t i = slots; i-- > 0;) free_.push_back(begin_ + i * slot_size_);
  }

  [[nodiscard]] bool owns(const void* p) const {
    const char* c = static_cast<const char*>(p);
    return c >= begin_ && c < begin_ + size_;
  }
  void* take() {
    if (free_.empty()) return nullptr;
    char* slot = free_.back();
    free_.pop_back();
    return slot;
  }
  void give_back(void* p) { free_.push_back(static_cast<char*>(p)); }

 private:
  std::size_t slot_size_;
  std::size_t size_;
  char* begin_ = nullptr;
  std::vector<char*> free_;
};

// The allocator hook of libwebsockets has no context argument.
Region* region = nullptr;

void* plain(void* p, std::size_t size) {
  if (size != 0) return std::realloc(p, size);
  std::free(p);
  return nullptr;
}

void* from_region(void* p, std::size_t size, const char* reason) {
  if (p == nullptr && size != 0 && std::string_view(reason) == "rx_ubuf") return region->take();
  if (p == nullptr || !region->owns(p)) return plain(p, size);
  region->give_back(p);
  return nullptr;
}

void* shortened(void* p, std::size_t size, const char* reason) {
  const bool rx_buffer = p == nullptr && size != 0 && std::string_view(reason) == "rx_ubuf";
  return plain(p, rx_buffer ? kControlFrameBytes : size);
}

}  // namespace

void place_rx_buffers(RxMemory where, std::size_t slot_size, std::size_t slots) {
  if (where == RxMemory::kRegion) {
    region = new Region(slot_size, slots);
    lws_set_allocator(from_region);
  } else if (where == RxMemory::kShort) {
    lws_set_allocator(shortened);
  }
}

}  // namespace stoa::bench
