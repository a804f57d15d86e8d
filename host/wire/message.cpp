#include "wire/message.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace stoa::wire {
namespace {

constexpr char kSeparator = ';';
constexpr std::string_view kEscaped = "@%!semicolon@%!";

// How the flags of a frame that is neither an error nor a no-op are written, if they are.
constexpr std::string_view kNoFlags = "0;0;";

// Reads `0;`, `1;` or `;` and moves `rest` behind it.
bool take_flag(std::string_view& rest, bool& flag) {
  if (!rest.empty() && (rest[0] == '0' || rest[0] == '1')) {
    flag = rest[0] == '1';
    rest.remove_prefix(1);
  }
  if (rest.empty() || rest[0] != kSeparator) return false;
  rest.remove_prefix(1);
  return true;
}

// Where wait, namespace, room and event end, and whether a name among them may be escaped.
struct Fields {
  std::array<std::size_t, 4> ends;
  std::size_t found = 0;
  bool may_hold_escapes = false;

  [[nodiscard]] bool complete() const { return found == ends.size(); }
  void look_at(std::size_t at, char byte) {
    if (byte == kSeparator) ends[found++] = at;
    may_hold_escapes |= byte == kEscaped[0];
  }
};

// The highest bit of each byte of `word` that is `wanted`; all other bits are 0.
uint64_t bytes_that_are(char wanted, uint64_t word) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  constexpr uint64_t kLowBits = 0x7F * kOnes;
  const uint64_t zero_where_equal = word ^ (kOnes * static_cast<unsigned char>(wanted));
  return ~(((zero_where_equal & kLowBits) + kLowBits) | zero_where_equal | kLowBits);
}

// The head of a frame is some 25 bytes: eight at a time, it costs a third of a search for each
// field.
Fields fields_of(std::string_view frame) {
  Fields fields;
  std::size_t at = 0;
  if constexpr (std::endian::native == std::endian::little) {
    for (; at + sizeof(uint64_t) <= frame.size(); at += sizeof(uint64_t)) {
      uint64_t word = 0;
      std::memcpy(&word, frame.data() + at, sizeof word);
      fields.may_hold_escapes |= bytes_that_are(kEscaped[0], word) != 0;
      for (uint64_t ends = bytes_that_are(kSeparator, word); ends != 0; ends &= ends - 1) {
        fields.ends[fields.found++] = at + static_cast<std::size_t>(std::countr_zero(ends)) / 8;
        if (fields.complete()) return fields;
      }
    }
  }
  for (; at < frame.size() && !fields.complete(); ++at) fields.look_at(at, frame[at]);
  return fields;
}

std::string_view unescape(std::string_view name, std::string& scratch) {
  std::size_t at = name.find(kEscaped);
  if (at == std::string_view::npos) return name;
  scratch.clear();
  for (; at != std::string_view::npos; at = name.find(kEscaped)) {
    scratch.append(name.substr(0, at)).push_back(kSeparator);
    name.remove_prefix(at + kEscaped.size());
  }
  return scratch.append(name);
}

// Names are short: a loop over their bytes beats a call that searches them.
std::size_t escaped_size(std::string_view name) {
  std::size_t size = name.size();
  for (const char c : name) size += c == kSeparator ? kEscaped.size() - 1 : 0;
  return size;
}

char* put(char* out, std::string_view text) {
  return std::copy(text.begin(), text.end(), out);  // a memmove, which std::ranges::copy is not
}

char* put_field(char* out, std::string_view text) {
  out = put(out, text);
  *out++ = kSeparator;
  return out;
}

char* put_name(char* out, std::string_view name) {
  for (const char c : name) {
    if (c == kSeparator) {
      out = put(out, kEscaped);
    } else {
      *out++ = c;
    }
  }
  *out++ = kSeparator;
  return out;
}

}  // namespace

std::optional<Received> parse(std::string_view frame, Unescaped& scratch) {
  const Fields fields = fields_of(frame);
  if (!fields.complete()) return std::nullopt;
  const auto& ends = fields.ends;
  const auto field = [&](std::size_t before, std::size_t end) {
    return std::string_view(frame.data() + before + 1, end - before - 1);
  };
  Received message;
  message.wait = {frame.data(), ends[0]};
  message.ns = field(ends[0], ends[1]);
  message.room = field(ends[1], ends[2]);
  message.event = field(ends[2], ends[3]);
  std::string_view rest(frame.data() + ends[3] + 1, frame.size() - ends[3] - 1);
  if (rest.starts_with(kNoFlags)) {
    rest.remove_prefix(kNoFlags.size());
    message.head = {frame.data(), frame.size() - rest.size()};
  } else if (!take_flag(rest, message.is_error) || !take_flag(rest, message.is_noop)) {
    return std::nullopt;
  }
  message.body = rest;
  if (fields.may_hold_escapes) {
    message.ns = unescape(message.ns, scratch.ns);
    message.room = unescape(message.room, scratch.room);
    message.event = unescape(message.event, scratch.event);
  }
  return message;
}

std::size_t encoded_size(const Message& message) {
  constexpr std::size_t kSeparatorsAndFlags = 6 + 2;
  return message.wait.size() + escaped_size(message.ns) + escaped_size(message.room) +
         escaped_size(message.event) + kSeparatorsAndFlags + message.body.size();
}

char* encode(const Message& message, char* out) {
  out = put_field(out, message.wait);
  out = put_name(out, message.ns);
  out = put_name(out, message.room);
  out = put_name(out, message.event);
  out = put_field(out, message.is_error ? "1" : "0");
  out = put_field(out, message.is_noop ? "1" : "0");
  return put(out, message.body);
}

void append(std::string& out, const Message& message) {
  const std::size_t before = out.size();
  out.resize(before + encoded_size(message));
  encode(message, out.data() + before);
}

std::string_view reply_head(const Received& question, std::string& scratch) {
  if (!question.head.empty()) return question.head;
  scratch.clear();
  append(
      scratch,
      {.wait = question.wait, .ns = question.ns, .room = question.room, .event = question.event});
  return scratch;
}

bool is_client_ask(std::string_view wait) {
  return wait.starts_with('$');
}

}  // namespace stoa::wire
