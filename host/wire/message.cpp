#include "wire/message.h"

#include <algorithm>
#include <array>

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
  // The ends of wait, namespace, room and event. One short loop beats four calls that search.
  std::array<std::size_t, 4> ends;
  std::size_t fields = 0;
  bool may_hold_escapes = false;
  for (std::size_t at = 0; fields < ends.size(); ++at) {
    if (at == frame.size()) return std::nullopt;
    if (frame[at] == kSeparator) ends[fields++] = at;
    may_hold_escapes |= frame[at] == kEscaped[0];
  }
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
  if (may_hold_escapes) {
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

bool is_client_ask(std::string_view wait) {
  return wait.starts_with('$');
}

}  // namespace stoa::wire
