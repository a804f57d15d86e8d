#include "wire/message.h"

#include <algorithm>
#include <cstring>

namespace stoa::wire {
namespace {

constexpr char kSeparator = ';';
constexpr std::string_view kEscaped = "@%!semicolon@%!";

// Moves what stands before the next separator from `rest` to `field`.
bool take(std::string_view& rest, std::string_view& field) {
  const std::size_t end = rest.find(kSeparator);
  if (end == std::string_view::npos) return false;
  field = {rest.data(), end};
  rest.remove_prefix(end + 1);
  return true;
}

// The same for `0;`, `1;` and `;`.
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

bool may_hold_escapes(const Message& message) {
  // The three names stand side by side in the frame: one search serves all of them.
  const char* begin = message.ns.data();
  const char* end = message.event.data() + message.event.size();
  return std::memchr(begin, kEscaped[0], static_cast<std::size_t>(end - begin)) != nullptr;
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

std::optional<Message> parse(std::string_view frame, Unescaped& scratch) {
  Message message;
  std::string_view rest = frame;
  if (!take(rest, message.wait) || !take(rest, message.ns) || !take(rest, message.room) ||
      !take(rest, message.event) || !take_flag(rest, message.is_error) ||
      !take_flag(rest, message.is_noop)) {
    return std::nullopt;
  }
  message.body = rest;
  if (may_hold_escapes(message)) {
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

void append_empty_answer(std::string& out, std::string_view wait) {
  out.append(wait).append(kEmptyAnswerTail);
}

bool is_client_ask(std::string_view wait) {
  return wait.starts_with('$');
}

bool same_token(std::string_view ask, std::string_view answer) {
  const auto tail = [](std::string_view wait) {
    return wait.substr(wait.size() > 1 && wait[1] == '!' ? 2
                                                         : std::min<std::size_t>(wait.size(), 1));
  };
  return ask.substr(0, 1) == answer.substr(0, 1) && tail(ask) == tail(answer);
}

}  // namespace stoa::wire
