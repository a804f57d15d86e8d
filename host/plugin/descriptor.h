// Reading a plugin's descriptor, which may come from an older or a newer SDK, or be nonsense.
#pragma once

#include <optional>

#include "plugin/complaint.h"
#include "plugin/description.h"
#include "stoa/plugin.h"

namespace stoa::plugin {

// Copies what `found` says into `out`, as far as its struct_size covers it; the rest of `out` is
// zero, and what a newer SDK appended is left alone. `found` is what stoa_plugin_entry() returned.
// The magic, the struct_size and the major version are looked at first, in this order, and nothing
// else if one of them does not fit, but for the minor version, to name it. Returns the first thing
// that is wrong: the field, the value found and the value wanted; then `out` must not be used.
[[nodiscard]] std::optional<Complaint> read_descriptor(const stoa_plugin_descriptor* found,
                                                       stoa_plugin_descriptor& out);

// Whether such a descriptor would pass, by what can be seen of it.
[[nodiscard]] bool is_possible(const Description& description);

}  // namespace stoa::plugin
