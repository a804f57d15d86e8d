// The query string of the upgrade request, and the headers that browsers smuggle through it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stoa::wire {

struct NameValue {
  std::string name;
  std::string value;
};

// One parameter of a query that was split and decoded already: `a=1`, or `a` without a value. The
// first "=" ends the name.
[[nodiscard]] NameValue parameter(std::string_view decoded);

// The headers named by parameters `X-Websocket-Header-<Name>=<value>` (any case), in their order.
// Left out, because nobody may smuggle them: Host, Origin, Cookie, Forwarded, X-Forwarded-*, Sec-*,
// names that are not HTTP tokens, and values with CR, LF or NUL.
[[nodiscard]] std::vector<NameValue> headers_from_query(const std::vector<NameValue>& query);

// A header's name as names are compared: A to Z in lower case, whatever the locale.
[[nodiscard]] std::string lower(std::string_view name);

// Could it be the name of a header? Letters, digits and !#$%&'*+-.^_`|~ (RFC 9110, section 5.6.2).
[[nodiscard]] bool is_http_token(std::string_view name);

}  // namespace stoa::wire
