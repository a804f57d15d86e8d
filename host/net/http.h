// HTTP before the upgrade, and instead of it.
#pragma once

struct lws;

namespace stoa::net {

class Worker;

// A whole request that asks for no upgrade. Returns what the callback of libwebsockets is to
// return.
[[nodiscard]] int serve_http(lws* wsi, Worker& worker);

// A file has been sent whole.
[[nodiscard]] int file_sent(lws* wsi, Worker& worker);

// A CONNECT, after which libwebsockets takes the connection for a raw socket.
[[nodiscard]] int refuse_connect(lws* wsi);

// A request that asks for an upgrade: refuses, with a plain HTTP status, what libwebsockets would
// let through. Returns what the callback is to return: 0 lets it go on.
[[nodiscard]] int judge_upgrade(lws* wsi, Worker& worker);

}  // namespace stoa::net
