// How `stoa listen` writes an event.
#pragma once

#include <ostream>

#include "cli/listen.h"
#include "stoa/client.hpp"

namespace stoa::cli {

// Writes `message` as one line, as ListenOptions has it, and flushes.
void print_event(const ListenOptions& options, const client::Message& message, std::ostream& out);

}  // namespace stoa::cli
