// The door through which plugins call the host.
#pragma once

#include "stoa/host.h"

namespace stoa::routing {

class Version;

// The table of functions for the instance of `version`, which must outlive it. Each function
// checks what it is given, and hands it to the router.
[[nodiscard]] stoa_host make_host_table(Version& version);

}  // namespace stoa::routing
