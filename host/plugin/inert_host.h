// A host without a server behind it.
#pragma once

#include "stoa/host.h"

namespace stoa::plugin {

// The table that `stoa check` gives to create(): there is no connection, so whatever names one is
// answered with STOA_ERR_STALE; stores are empty; sending, logging, timers and posted work succeed
// and come to nothing; the clocks are real. Valid for the life of the process.
[[nodiscard]] const stoa_host& inert_host();

}  // namespace stoa::plugin
