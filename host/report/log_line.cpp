#include "report/log_line.h"

#include <algorithm>
#include <cstdint>

namespace stoa::report {
namespace {

void append_hex(std::string& out, uint8_t byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out.append("\\x").push_back(kDigits[byte >> 4]);
  out.push_back(kDigits[byte & 0xF]);
}

void append_escaped(std::string& out, uint8_t byte) {
  switch (byte) {
    case '\n':
      out.append("\\n");
      break;
    case '\r':
      out.append("\\r");
      break;
    case '\t':
      out.append("\\t");
      break;
    default:
      append_hex(out, byte);
  }
}

bool is_control(uint8_t byte) {
  return byte < 0x20 || byte == 0x7F;
}

// U+0080 to U+009F in UTF-8: some terminals read U+009B as the beginning of an escape sequence.
bool is_c1_control(uint8_t before, uint8_t byte) {
  return before == 0xC2 && byte >= 0x80 && byte <= 0x9F;
}

// Appends `text` with every control character and every byte of `marks` escaped. Stops where the
// line is too long anyway.
void append_clean(std::string& out, std::string_view text, std::string_view marks) {
  uint8_t before = 0;
  for (const char c : text) {
    if (out.size() > kMaxLogLine) return;
    const auto byte = static_cast<uint8_t>(c);
    if (is_c1_control(before, byte)) {
      out.pop_back();
      append_hex(out, before);
      append_hex(out, byte);
    } else if (is_control(byte)) {
      append_escaped(out, byte);
    } else {
      if (marks.find(c) != std::string_view::npos) out.push_back('\\');
      out.push_back(c);
    }
    before = byte;
  }
}

void append_value(std::string& out, std::string_view value) {
  const bool bare = !value.empty() && value.find_first_of(" \"=") == std::string_view::npos;
  if (bare) return append_clean(out, value, "");
  out.push_back('"');
  append_clean(out, value, "\"\\");
  out.push_back('"');
}

// Cuts `line` where a character begins.
void cut(std::string& line) {
  constexpr std::string_view kCut = "...";
  std::size_t end = kMaxLogLine - kCut.size();
  while (end > 0 && (static_cast<uint8_t>(line[end]) & 0xC0) == 0x80) --end;
  line.replace(end, std::string::npos, kCut);
}

}  // namespace

std::string log_line(std::string_view part, std::string_view text, std::span<const Field> fields) {
  std::string line;
  line.reserve(std::min(part.size() + text.size() + 2, kMaxLogLine));
  append_clean(line, part, "");
  line.append(": ");
  append_clean(line, text, "");
  for (const Field& field : fields) {
    line.push_back(' ');
    append_clean(line, field.key, "");
    line.push_back('=');
    append_value(line, field.value);
  }
  if (line.size() > kMaxLogLine) cut(line);
  return line;
}

}  // namespace stoa::report
