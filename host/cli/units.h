// Quantities as people read them.
#pragma once

#include <cstdint>
#include <string>

namespace stoa::cli {

// "850 us", "12.3 ms", "1.2 s".
[[nodiscard]] std::string short_time(uint64_t us);
// "12 s", "5 m 3 s", "2 h 5 m", "3 d 4 h".
[[nodiscard]] std::string long_time(uint64_t seconds);
// "512 B", "120.6 KiB", "1.5 MiB".
[[nodiscard]] std::string size_text(uint64_t bytes);

}  // namespace stoa::cli
