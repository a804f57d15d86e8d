// The text of one line of the log.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "report/log.h"

namespace stoa::report {

// The most that one call of the log writes, without time and level.
inline constexpr std::size_t kMaxLogLine = 8 * 1024;

// `part: text key=value key="a value"`, always one line: control characters (those of Unicode too,
// which terminals obey as well) are escaped. A line that is longer than kMaxLogLine is cut there
// and ends in "...".
[[nodiscard]] std::string log_line(std::string_view part, std::string_view text,
                                   std::span<const Field> fields);

}  // namespace stoa::report
