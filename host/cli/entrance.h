// The way in that `stoa call` and `stoa listen` share: dial, connect, join.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "stoa/client.hpp"

namespace stoa::cli {

// How `stoa call` and `stoa listen` end.
inline constexpr int kDone = 0;
inline constexpr int kNotConnected = 1;  // not reached, or the connection was lost
inline constexpr int kUsage = 2;
inline constexpr int kHandlerError = 3;  // the handler answered with an error
inline constexpr int kDenied = 4;        // the server refused the connection, namespace or room
inline constexpr int kTimeout = 5;       // no answer in time
inline constexpr int kServerClosed = 6;  // listen: the connection ended before we wanted it to
inline constexpr int kOutputClosed = 7;  // listen: nobody reads the output any more

struct Entrance {
  std::string url;
  std::string ns;
  std::vector<std::string> rooms;
  std::vector<std::string> headers;  // each "Name=value"
  uint32_t timeout_ms = 10'000;      // of each step
};

// Puts what `entrance` says about the connection into `options`. Returns kUsage, after a sentence
// in `err`, if a header is malformed.
int prepare(const Entrance& entrance, client::Options& options, std::ostream& err);

// Dials, connects to the namespace and joins the rooms. Returns an exit code, after a sentence in
// `err` if it is not kDone.
int enter(client::Client& client, const Entrance& entrance, std::ostream& err);

// A sentence in `err` about a connection that the server ended.
void tell_how_it_closed(const client::Closed& closed, std::ostream& err);

// Text from a server, fit for one line of a terminal: control characters, backslashes and what is
// not UTF-8 are written as \n, \t, \\ or \xNN.
[[nodiscard]] std::string one_line(std::string_view text);

}  // namespace stoa::cli
