// The door through which plugins call the host.
#pragma once

#include "stoa/host.h"

namespace stoa::routing {

class Namespace;

// The table of functions for the instance that serves `ns`, which must outlive it. Each function
// checks what it is given, and hands it to the router.
[[nodiscard]] stoa_host make_host_table(Namespace& ns);

}  // namespace stoa::routing
