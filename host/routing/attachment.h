// What a plugin is told of a member whose instance failed: the body of STOA_EVENT_ATTACH.
#pragma once

#include <cstddef>
#include <string>

#include "routing/limits.h"
#include "routing/membership.h"
#include "routing/store.h"

namespace stoa::routing {

// Its rooms in the order in which it joined them, and what `store` holds; that may be null. Values
// that would make it larger than `limit` are left out, which it says: rooms and keys alone are at
// most 17 MiB, for as many rooms as a manifest may allow. The caller holds the registry lock.
[[nodiscard]] std::string attachment(const Membership& member, const Store* store,
                                     std::size_t limit = Limits::kMaxMemberState);

}  // namespace stoa::routing
