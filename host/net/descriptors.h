// File descriptors as a resource that can run out.
#pragma once

#include <cstdint>

namespace stoa::net {

// Makes room for `connections` sockets beside what the process needs for itself and its plugins.
// Throws report::StartupError if the hard limit does not allow it: a server that can run out of
// descriptors long before its own limit would fail at the worst time.
void reserve_descriptors(uint32_t connections, uint32_t workers);

}  // namespace stoa::net
