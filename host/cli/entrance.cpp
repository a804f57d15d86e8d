#include "cli/entrance.h"

#include <array>
#include <chrono>

#include "wire/utf8.h"

namespace stoa::cli {
namespace {

void append_escaped(std::string& line, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  if (c == '\n') {
    line += "\\n";
  } else if (c == '\t') {
    line += "\\t";
  } else if (c == '\\') {
    line += "\\\\";
  } else {
    line += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
  }
}

bool is_plain(char c) {
  return static_cast<unsigned char>(c) >= ' ' && c != 0x7f && c != '\\';
}

int exit_code(const client::Outcome& outcome) {
  switch (outcome.status) {
    case client::Status::kOk:
      return kDone;
    case client::Status::kInvalid:
      return kUsage;
    case client::Status::kError:
    case client::Status::kNotMember:
      return kDenied;
    case client::Status::kTimeout:
      return kTimeout;
    default:
      return kNotConnected;
  }
}

int report(int code, const std::string& what, const client::Outcome& outcome, std::ostream& err) {
  if (code != kDone) err << what << ": " << one_line(outcome.body) << '\n';
  return code;
}

}  // namespace

int prepare(const Entrance& entrance, client::Options& options, std::ostream& err) {
  options.url = entrance.url;
  options.dial_timeout = options.ask_timeout = std::chrono::milliseconds(entrance.timeout_ms);
  for (const std::string& header : entrance.headers) {
    const std::size_t equals = header.find('=');
    if (equals == 0 || equals == std::string::npos) {
      err << "A header is Name=value, not " << one_line(header) << '\n';
      return kUsage;
    }
    options.headers.emplace_back(header.substr(0, equals), header.substr(equals + 1));
  }
  return kDone;
}

int enter(client::Client& client, const Entrance& entrance, std::ostream& err) {
  client::Outcome outcome = client.dial();
  int code = exit_code(outcome);
  // Whatever kept us from connecting, for a script it is one case.
  if (code == kTimeout) code = kNotConnected;
  if (code != kDone) return report(code, "Could not connect to " + entrance.url, outcome, err);

  outcome = client.connect(entrance.ns);
  code = exit_code(outcome);
  if (code != kDone) {
    return report(code, "Could not enter the namespace \"" + entrance.ns + "\"", outcome, err);
  }
  for (const std::string& room : entrance.rooms) {
    outcome = client.join(entrance.ns, room);
    code = exit_code(outcome);
    if (code != kDone)
      return report(code, "Could not join the room \"" + room + "\"", outcome, err);
  }
  return kDone;
}

void tell_how_it_closed(const client::Closed& closed, std::ostream& err) {
  err << "The server closed the connection with " << closed.code;
  if (!closed.reason.empty()) err << ": " << one_line(closed.reason);
  err << '\n';
}

std::string one_line(std::string_view text) {
  std::string line;
  while (!text.empty()) {
    const std::string_view good = wire::cut_utf8(text, text.size());
    for (const char c : good) {
      if (is_plain(c)) {
        line += c;
      } else {
        append_escaped(line, c);
      }
    }
    text.remove_prefix(good.size());
    if (text.empty()) break;
    append_escaped(line, text.front());
    text.remove_prefix(1);
  }
  return line;
}

}  // namespace stoa::cli
