// What goes over the sockets between the host and a guest: records of a size, a kind and fields.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "stoa/base.h"

namespace stoa::remote {

// What came cannot have been written by an honest other side. Its text says what was wrong.
class Nonsense : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Both sides are the same program, so the numbers may change with any version of it.
enum class Kind : uint32_t {
  // Over the events' socket, to the guest.
  kCreate = 1,
  kEvent,
  kDestroy,
  // Over the calls' socket, from the guest.
  kCreated,
  kHandled,
  kDestroyed,
  // Calls that nobody waits for.
  kAnswer,
  kEmit,
  kPreparedEmit,
  kPreparedForget,
  kPost,
  kTimerStop,
  kLog,
  kCounterAdd,
  kGaugeSet,
  // Calls that are answered by a kReply.
  kPrepare,
  kAsk,
  kConnect,
  kDisconnect,
  kDisconnectAll,
  kJoin,
  kLeave,
  kClose,
  kSetId,
  kSetUser,
  kFact,
  kStoreGet,
  kStoreSet,
  kStoreDelete,
  kStoreAdd,
  kStoreSwap,
  kMembers,
  kTimerStart,
  // Over the calls' socket, to the guest.
  kReply,
};

// What one record may hold: a prepared message of 64 MiB, or, once the namespace's state was asked
// for, that: 256 MiB. Both with names and numbers around them.
inline constexpr std::size_t kMaxRecord = std::size_t{65} << 20;
inline constexpr std::size_t kMaxStateRecord = std::size_t{257} << 20;

// Appends one record to a buffer. It is complete when the writer goes.
class Writer {
 public:
  Writer(std::string& buffer, Kind kind);
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // A number of any width, as it lies in memory.
  template <class T>
  Writer& number(T value) {
    static_assert(std::is_arithmetic_v<T>);
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    buffer_.append(bytes, sizeof value);
    return *this;
  }
  // REQUIRES: less than 4 GiB.
  Writer& bytes(std::string_view bytes);
  Writer& bytes(stoa_bytes given);
  // Bytes that may be missing, which is something else than empty.
  Writer& optional(const stoa_bytes* given);

 private:
  std::string& buffer_;
  std::size_t begin_;
};

// A record that was received. Borrows the buffer in which it lies.
struct Record {
  Kind kind{};
  std::string_view payload;
};

// Cuts the first record off the front of `buffer`. None if it is not complete yet. Throws Nonsense
// if it says that it is larger than `limit`.
[[nodiscard]] std::optional<Record> next_record(std::string_view& buffer, std::size_t limit);

// Reads the fields of a record in the order in which they were written. Throws Nonsense where there
// is less than is read, or, in end(), more.
class Reader {
 public:
  explicit Reader(const Record& record) : kind_(record.kind), rest_(record.payload) {}

  template <class T>
  T number() {
    static_assert(std::is_arithmetic_v<T>);
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  // Borrow the record's buffer.
  std::string_view view();
  stoa_bytes bytes();
  std::optional<stoa_bytes> optional();
  // How many items follow, each of which takes at least `least` bytes.
  uint32_t count(std::size_t least);
  void end() const;

 private:
  std::string_view take(std::size_t size);

  Kind kind_;
  std::string_view rest_;
};

}  // namespace stoa::remote
