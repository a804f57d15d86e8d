#include "cli/event_printer.h"

#include <nlohmann/json.hpp>

#include "cli/columns.h"
#include "wire/utf8.h"

namespace stoa::cli {
namespace {

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      text += i + k <= bytes.size() ? kDigits[group >> (18 - 6 * k) & 63] : '=';
    }
  }
  return text;
}

void print_json(const client::Message& message, std::ostream& out) {
  nlohmann::ordered_json line;
  line["event"] = message.event;
  line["room"] = message.room;
  if (wire::is_utf8(message.body)) {
    line["body"] = message.body;
  } else {
    line["body_base64"] = base64(message.body);
  }
  if (message.error) line["error"] = true;
  // Names come from the server, and may be no UTF-8 in a binary frame.
  out << line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

void print_columns(const client::Message& message, std::ostream& out) {
  out << padded(one_line(message.event), 16) << ' ' << padded(one_line(message.room), 12) << ' '
      << one_line(message.body) << '\n';
}

}  // namespace

void print_event(const ListenOptions& options, const client::Message& message, std::ostream& out) {
  if (options.json) {
    print_json(message, out);
  } else if (options.terminal) {
    print_columns(message, out);
  } else {
    out << one_line(message.event) << '\t' << one_line(message.room) << '\t'
        << one_line(message.body) << '\n';
  }
  out.flush();
}

}  // namespace stoa::cli
