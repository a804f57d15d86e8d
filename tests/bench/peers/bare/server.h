// The bare server: libwebsockets driven in the same way as our own, and nothing on top of it.
#pragma once

#include <ev.h>
#include <libwebsockets.h>

#include <cstdint>
#include <string>
#include <vector>

#include "outbox.h"

namespace stoa::bench {

struct BareOptions {
  bool fan_out = false;                // a frame goes to every connection, not only back
  std::size_t rx_buffer_size = 65536;  // per connection; also the most that one recv brings
};

class BareServer;

// One WebSocket connection. Made when the upgrade is done, gone when it closes.
struct Peer {
  lws* wsi;
  BareServer* server;
  std::size_t index;    // in the server's list of peers
  bool dirty = false;   // it is on the server's list of peers to flush
  std::string partial;  // the message so far, if it came in pieces
  Outbox outbox;
};

// One loop, one context, one listening socket on the loopback. fd_limit_per_thread stays unset:
// with it, libwebsockets 4.1 looks for a connection by walking a table, twice for each event of a
// socket. Everything happens on the thread that calls run().
class BareServer {
 public:
  // Aborts the process with a line on standard error if the context or the socket cannot be made.
  explicit BareServer(const BareOptions& options);
  ~BareServer();
  BareServer(const BareServer&) = delete;
  BareServer& operator=(const BareServer&) = delete;

  [[nodiscard]] uint16_t port() const { return port_; }
  // Serves until SIGTERM or SIGINT.
  void run();

 private:
  static int on_lws(lws* wsi, lws_callback_reasons reason, void* user, void* in, size_t size);

  void listen_on_loopback();
  void start_watchers();
  void accept_all();
  void opened(lws* wsi, Peer** slot);
  void closed(Peer* peer);
  void received(Peer* peer, std::string_view piece);
  void message(Peer* peer, bool binary, std::string_view payload);
  void send(Peer* peer, SharedFrame* frame);
  void flush_dirty();

  BareOptions options_;
  struct ev_loop* loop_;
  std::vector<lws_protocols> protocols_;
  lws_context* context_ = nullptr;
  lws_vhost* vhost_ = nullptr;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::vector<Peer*> peers_;
  std::vector<Peer*> dirty_;
  ev_io accept_watcher_{};
  ev_prepare flush_watcher_{};
  ev_signal term_watcher_{};
  ev_signal int_watcher_{};
};

}  // namespace stoa::bench
