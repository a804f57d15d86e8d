// File descriptors: a resource that can run out, and what the system knows of one.
#pragma once

#include <cstdint>

namespace stoa::net {

// Makes room for `connections` sockets beside what the process needs for itself and its plugins.
// Throws report::StartupError if the hard limit does not allow it: a server that can run out of
// descriptors long before its own limit would fail at the worst time.
void reserve_descriptors(uint32_t connections, uint32_t workers);

// How many bytes a socket took that its peer has not confirmed yet; -1 if that cannot be known.
[[nodiscard]] int unsent_bytes(int socket);

// The kernel takes no more than about so many bytes of a socket that it cannot send yet.
void bound_unsent(int socket, int bytes);

}  // namespace stoa::net
