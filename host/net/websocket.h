// The callback of libwebsockets.
#pragma once

#include <cstdint>

struct lws;
struct lws_context;
struct lws_vhost;
struct ev_loop;

namespace stoa::net {

class Worker;

// A context for one worker, on the worker's own loop, that listens on nothing. Its callbacks reach
// the worker. Throws report::StartupError.
[[nodiscard]] lws_context* create_lws_context(Worker& worker, struct ev_loop* loop);

}  // namespace stoa::net
