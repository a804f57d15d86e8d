// HTTP before the upgrade, and instead of it.
#pragma once

struct lws;

namespace stoa::net {

class Worker;

// A whole request that asks for no upgrade. Returns what the callback of libwebsockets is to
// return.
[[nodiscard]] int serve_http(lws* wsi, Worker& worker);

// A request that asks for an upgrade: refuses, with a plain HTTP status, what libwebsockets would
// let through. Returns what the callback is to return: 0 lets it go on.
[[nodiscard]] int judge_upgrade(lws* wsi, Worker& worker);

}  // namespace stoa::net
