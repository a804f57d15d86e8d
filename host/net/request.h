// Reading a request's headers out of libwebsockets.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "manifest/manifest.h"
#include "routing/facts.h"

struct lws;

namespace stoa::net {

// A header by its lower-case name, known to libwebsockets or not. Only while the request is at
// hand.
[[nodiscard]] std::optional<std::string> read_header(lws* wsi, std::string_view name);

// Everything that plugins may know of the request: its address, path, query, the well-known
// headers, those that the manifest names, and those that a browser put into the query. The user is
// empty, the id a new UUID. Only within the callback that announces the upgrade.
[[nodiscard]] routing::Facts read_facts(lws* wsi, const manifest::Server& settings);

}  // namespace stoa::net
