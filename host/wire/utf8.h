// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing beyond U+10FFFF.
#pragma once

#include <cstddef>
#include <string_view>

namespace stoa::wire {

[[nodiscard]] bool is_utf8(std::string_view text);

// The longest prefix of `text` that has at most `limit` bytes and is UTF-8: it ends at the end of a
// character, and before the first byte that is not UTF-8.
[[nodiscard]] std::string_view cut_utf8(std::string_view text, std::size_t limit);

}  // namespace stoa::wire
