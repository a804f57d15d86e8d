// How `stoa ctl` writes what the server answered.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <ostream>
#include <string_view>

namespace stoa::cli {

// Writes the result of `command` as text for people, with some colour for those at a `terminal`.
// What a server of another version leaves out, or says in another type, is shown as nothing.
void print_result(std::string_view command, const nlohmann::ordered_json& result, bool terminal,
                  std::ostream& out);

}  // namespace stoa::cli
