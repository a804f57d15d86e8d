#include "remote/record.h"

#include <array>

namespace stoa::remote {

namespace {

constexpr std::size_t kHead = 2 * sizeof(uint32_t);

[[noreturn]] void complain(Kind kind, const std::string& what) {
  throw Nonsense("a record of kind " + std::to_string(static_cast<uint32_t>(kind)) + " " + what);
}

}  // namespace

Writer::Writer(std::string& buffer, Kind kind) : buffer_(buffer), begin_(buffer.size()) {
  number(uint32_t{0}).number(static_cast<uint32_t>(kind));
}

Writer::~Writer() {
  const auto size = static_cast<uint32_t>(buffer_.size() - begin_ - kHead);
  std::memcpy(buffer_.data() + begin_, &size, sizeof size);
}

Writer& Writer::bytes(std::string_view bytes) {
  number(static_cast<uint32_t>(bytes.size()));
  buffer_.append(bytes);
  return *this;
}

Writer& Writer::bytes(stoa_bytes given) {
  return bytes(given.size == 0 ? std::string_view() : std::string_view(given.data, given.size));
}

Writer& Writer::optional(const stoa_bytes* given) {
  number(uint8_t{given != nullptr});
  return bytes(given ? *given : stoa_bytes{});
}

std::optional<Record> next_record(std::string_view& buffer, std::size_t limit) {
  if (buffer.size() < kHead) return std::nullopt;
  std::array<uint32_t, 2> head;
  std::memcpy(head.data(), buffer.data(), kHead);
  const auto kind = static_cast<Kind>(head[1]);
  if (head[0] > limit) complain(kind, "says it has " + std::to_string(head[0]) + " bytes");
  if (buffer.size() - kHead < head[0]) return std::nullopt;
  const Record record{kind, buffer.substr(kHead, head[0])};
  buffer.remove_prefix(kHead + head[0]);
  return record;
}

std::string_view Reader::take(std::size_t size) {
  if (rest_.size() < size) complain(kind_, "ends too early");
  const std::string_view taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

std::string_view Reader::view() {
  return take(number<uint32_t>());
}

stoa_bytes Reader::bytes() {
  const std::string_view found = view();
  return {found.data(), found.size()};
}

std::optional<stoa_bytes> Reader::optional() {
  const bool there = number<uint8_t>() != 0;
  const stoa_bytes found = bytes();
  return there ? std::optional(found) : std::nullopt;
}

uint32_t Reader::count(std::size_t least) {
  const auto items = number<uint32_t>();
  if (items > rest_.size() / least) {
    complain(kind_, "says it has " + std::to_string(items) + " items");
  }
  return items;
}

void Reader::end() const {
  if (!rest_.empty()) complain(kind_, "has " + std::to_string(rest_.size()) + " bytes too many");
}

}  // namespace stoa::remote
