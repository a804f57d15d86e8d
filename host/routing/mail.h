// Events on their way to a plugin's own thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "routing/deadlines.h"
#include "stoa/plugin.h"

namespace stoa::routing {

struct Meeting;

// One event. Its bytes are in the mail that it is part of.
struct Letter {
  stoa_event event;
  TimePoint since;             // when it was written
  stoa_reply receipt = 0;      // who asked for this one hears when it was handled
  uint64_t timer = 0;          // it counts only as long as this timer is there
  bool only_once = false;      // and ends it
  Meeting* meeting = nullptr;  // of a lane's threads, for what concerns all that came before

  [[nodiscard]] std::size_t bytes() const noexcept {
    return static_cast<std::size_t>(event.room.size + event.event.size + event.body.size);
  }
  // No event: all that was posted before it was handled.
  [[nodiscard]] bool is_marker() const noexcept { return event.kind == 0; }
};

// Letters in their order, with all the bytes that they need. Clearing keeps the memory, so that a
// lane that is busy allocates nothing.
class Mail {
 public:
  // Copies what `letter`'s event borrows.
  void add(const Letter& letter) {
    Entry& entry = entries_.emplace_back(Entry{letter, bytes_.size()});
    for (const stoa_bytes part : {letter.event.room, letter.event.event, letter.event.body}) {
      if (part.size != 0) bytes_.append(part.data, part.size);
    }
    entry.letter.event.room.data = entry.letter.event.event.data = nullptr;
    entry.letter.event.body.data = nullptr;
  }

  // The letter with its bytes in place; good until this changes.
  [[nodiscard]] Letter at(std::size_t index) const noexcept {
    Letter letter = entries_[index].letter;
    const char* from = bytes_.data() + entries_[index].from;
    for (stoa_bytes* const part : {&letter.event.room, &letter.event.event, &letter.event.body}) {
      part->data = from;
      from += part->size;
    }
    return letter;
  }

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }

  void clear() noexcept {
    entries_.clear();
    bytes_.clear();
    // One flood is no reason to keep its memory for ever.
    if (bytes_.capacity() > kKeptBytes) bytes_.shrink_to_fit();
    if (entries_.capacity() > kKeptLetters) entries_.shrink_to_fit();
  }

  void swap(Mail& other) noexcept {
    entries_.swap(other.entries_);
    bytes_.swap(other.bytes_);
  }

 private:
  static constexpr std::size_t kKeptLetters = 4096;
  static constexpr std::size_t kKeptBytes = std::size_t{1024} * 1024;

  struct Entry {
    Letter letter;
    std::size_t from;  // where its bytes begin
  };

  std::vector<Entry> entries_;
  std::string bytes_;
};

}  // namespace stoa::routing
