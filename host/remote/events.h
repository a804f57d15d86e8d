// An event on its way to a guest.
#pragma once

#include <string>

#include "remote/record.h"
#include "stoa/plugin.h"

namespace stoa::remote {

void write(std::string& buffer, const stoa_event& event);
// Borrows the record's buffer. Throws Nonsense.
[[nodiscard]] stoa_event read_event(const Record& record);

}  // namespace stoa::remote
