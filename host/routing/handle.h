// Numbers that stand for connections, pending answers and timers.
#pragma once

#include <cstdint>
#include <vector>

namespace stoa::routing {

// A handle is {generation, worker, index}: 32, 8 and 24 bits. The generation makes a stale handle
// recognisable, the worker says on whose loop the thing lives. 0 is never a handle.
struct Handle {
  uint32_t index = 0;
  uint8_t worker = 0;
  uint32_t generation = 0;

  static constexpr uint32_t kMaxIndex = (1u << 24) - 1;

  [[nodiscard]] static Handle of(uint64_t number) noexcept {
    return {static_cast<uint32_t>(number & kMaxIndex), static_cast<uint8_t>(number >> 24),
            static_cast<uint32_t>(number >> 32)};
  }
  [[nodiscard]] constexpr uint64_t number() const noexcept {
    return static_cast<uint64_t>(generation) << 32 | static_cast<uint64_t>(worker) << 24 | index;
  }
};

// Things by handle, for one worker. A slot is used again after it was freed, under the next
// generation. T must be default-constructible, and its default means "free".
template <class T>
class Slots {
 public:
  explicit Slots(uint8_t worker) : worker_(worker) {}

  // Takes a slot that is to be filled, and returns its handle, which is stale until then. 0: all
  // full.
  [[nodiscard]] uint64_t reserve() {
    if (free_.empty()) {
      if (slots_.size() > Handle::kMaxIndex) return 0;
      free_.push_back(static_cast<uint32_t>(slots_.size()));
      slots_.emplace_back();
    }
    const uint32_t index = free_.back();
    free_.pop_back();
    Slot& slot = slots_[index];
    if (++slot.generation == 0) slot.generation = 1;
    return Handle{index, worker_, slot.generation}.number();
  }
  // Fills a reserved slot.
  void fill(uint64_t number, T value) {
    slots_[Handle::of(number).index].value = std::move(value);
    ++used_;
  }
  // Gives a reserved slot back unfilled: its handle stays stale for ever.
  void release(uint64_t number) { free_.push_back(Handle::of(number).index); }

  // The thing, or null if the handle is stale or another worker's. Valid until the next call.
  [[nodiscard]] T* find(uint64_t number) noexcept {
    const Handle handle = Handle::of(number);
    if (handle.worker != worker_ || handle.index >= slots_.size()) return nullptr;
    Slot& slot = slots_[handle.index];
    return slot.generation == handle.generation && slot.value ? &slot.value : nullptr;
  }

  // Frees the slot and returns what was in it. REQUIRES: find(number) is not null.
  T take(uint64_t number) {
    const uint32_t index = Handle::of(number).index;
    T value = std::move(slots_[index].value);
    slots_[index].value = T{};
    free_.push_back(index);
    --used_;
    return value;
  }

  [[nodiscard]] std::size_t used() const noexcept { return used_; }

  template <class Visit>
  void each(Visit visit) {
    each_with_handle([&](uint64_t, T& value) { visit(value); });
  }
  template <class Visit>
  void each_with_handle(Visit visit) {
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      Slot& slot = slots_[i];
      const Handle handle{static_cast<uint32_t>(i), worker_, slot.generation};
      if (slot.value) visit(handle.number(), slot.value);
    }
  }

 private:
  struct Slot {
    uint32_t generation = 0;
    T value{};
  };

  uint8_t worker_;
  std::size_t used_ = 0;
  std::vector<Slot> slots_;
  std::vector<uint32_t> free_;
};

}  // namespace stoa::routing
