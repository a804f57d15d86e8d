// `stoa listen URL NAMESPACE`
#pragma once

#include <cstdint>
#include <ostream>

#include "cli/entrance.h"

namespace stoa::cli {

struct ListenOptions {
  Entrance entrance;
  uint64_t count = 0;     // ends after this many events; 0: goes on
  bool json = false;      // each event as a JSON object
  bool terminal = false;  // somebody looks at it: columns instead of tabs
};

// Writes every event of the namespace and its rooms to `out`, one a line, as it comes:
// event<TAB>room<TAB>body, with control characters escaped. As JSON: {"event","room","body"}, or
// "body_base64" for a body that is not UTF-8. Asks of the server get the empty answer.
//
// Ends with kDone on SIGINT or SIGTERM (a second one ends the process at once) and after `count`
// events; kServerClosed, with a sentence in `err`; kOutputClosed when `out` fails; and with
// enter()'s codes. REQUIRES: no other threads run that must not see those two signals and SIGPIPE
// blocked.
int run_listen(const ListenOptions& options, std::ostream& out, std::ostream& err);

}  // namespace stoa::cli
