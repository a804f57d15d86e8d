// `stoa call URL NAMESPACE EVENT [BODY]`
#pragma once

#include <ostream>
#include <string>

#include "cli/entrance.h"

namespace stoa::cli {

struct CallOptions {
  Entrance entrance;  // at most one room: the event is sent there
  std::string event;
  std::string body;     // "-": standard input
  bool binary = false;  // in a binary frame
};

// Asks once, and writes the answer's body to `out`: a text ends with a line end, a binary answer is
// written as it is. Returns kDone, kNotConnected, kUsage, kHandlerError (its text is in `err`),
// kDenied or kTimeout.
int run_call(const CallOptions& options, std::ostream& out, std::ostream& err);

}  // namespace stoa::cli
