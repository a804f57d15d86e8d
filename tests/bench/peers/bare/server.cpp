#include "server.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace stoa::bench {
namespace {

constexpr std::size_t kServiceBytes = 64 * 1024;
constexpr int kAcceptsPerTurn = 64;  // connections that arrive must not starve those that are here

// libwebsockets' own check that idle connections live keeps one sorted list of all their deadlines,
// and walks it for each new connection and each pong: switched off.
constexpr lws_retry_bo_t kNoValidityCheck{};

[[noreturn]] void give_up(const char* what) {
  std::perror(what);
  std::exit(1);
}

}  // namespace

BareServer::BareServer(const BareOptions& options)
    : options_(options), loop_(ev_loop_new(EVFLAG_AUTO)) {
  lws_set_log_level(LLL_ERR, nullptr);
  lws_protocols protocol{};
  protocol.name = "bare";
  protocol.callback = &BareServer::on_lws;
  protocol.per_session_data_size = sizeof(Peer*);
  protocol.rx_buffer_size = options_.rx_buffer_size;
  protocol.tx_packet_size = kServiceBytes;
  protocols_ = {protocol, lws_protocols{}};

  void* loops[] = {loop_};
  lws_context_creation_info info{};
  info.port = CONTEXT_PORT_NO_LISTEN_SERVER;
  info.protocols = protocols_.data();
  info.options = LWS_SERVER_OPTION_LIBEV;
  info.foreign_loops = loops;
  info.pt_serv_buf_size = kServiceBytes;
  info.retry_and_idle_policy = &kNoValidityCheck;
  info.user = this;
  context_ = lws_create_context(&info);
  if (context_ == nullptr) give_up("lws_create_context");
  vhost_ = lws_get_vhost_by_name(context_, "default");
  listen_on_loopback();
  start_watchers();
}

BareServer::~BareServer() {
  close(listener_);
  lws_context_destroy(context_);
}

void BareServer::run() {
  ev_run(loop_, 0);
}

void BareServer::listen_on_loopback() {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (listener_ < 0 || bind(listener_, generic, size) != 0 || listen(listener_, 4096) != 0 ||
      getsockname(listener_, generic, &size) != 0) {
    give_up("listen");
  }
  port_ = ntohs(address.sin_port);
}

void BareServer::start_watchers() {
  ev_io_init(
      &accept_watcher_,
      [](struct ev_loop*, ev_io* w, int) { static_cast<BareServer*>(w->data)->accept_all(); },
      listener_, EV_READ);
  ev_prepare_init(&flush_watcher_, [](struct ev_loop*, ev_prepare* w, int) {
    static_cast<BareServer*>(w->data)->flush_dirty();
  });
  accept_watcher_.data = flush_watcher_.data = this;
  const auto stop = [](struct ev_loop* loop, ev_signal*, int) { ev_break(loop, EVBREAK_ALL); };
  ev_signal_init(&term_watcher_, stop, SIGTERM);
  ev_signal_init(&int_watcher_, stop, SIGINT);
  ev_io_start(loop_, &accept_watcher_);
  ev_prepare_start(loop_, &flush_watcher_);
  ev_signal_start(loop_, &term_watcher_);
  ev_signal_start(loop_, &int_watcher_);
}

void BareServer::accept_all() {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    lws_adopt_socket_vhost(vhost_, fd);
  }
}

int BareServer::on_lws(lws* wsi, lws_callback_reasons reason, void* user, void* in, size_t size) {
  auto* slot = static_cast<Peer**>(user);
  switch (reason) {
    case LWS_CALLBACK_ESTABLISHED:
      static_cast<BareServer*>(lws_context_user(lws_get_context(wsi)))->opened(wsi, slot);
      return 0;
    case LWS_CALLBACK_RECEIVE:
      (*slot)->server->received(*slot, {static_cast<const char*>(in), size});
      return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE:
      // Also comes for a connection that dies before it is established.
      return *slot == nullptr || (*slot)->outbox.flush(wsi) ? 0 : -1;
    case LWS_CALLBACK_CLOSED:
      if (*slot != nullptr) (*slot)->server->closed(*slot);
      return 0;
    default:
      return lws_callback_http_dummy(wsi, reason, user, in, size);
  }
}

void BareServer::opened(lws* wsi, Peer** slot) {
  *slot = new Peer{wsi, this, peers_.size(), false, {}, {}};
  peers_.push_back(*slot);
}

void BareServer::closed(Peer* peer) {
  if (peer->dirty) dirty_.erase(std::find(dirty_.begin(), dirty_.end(), peer));
  peers_.back()->index = peer->index;
  std::swap(peers_[peer->index], peers_.back());
  peers_.pop_back();
  delete peer;
}

void BareServer::received(Peer* peer, std::string_view piece) {
  const bool first = lws_is_first_fragment(peer->wsi) != 0;
  const bool last =
      lws_is_final_fragment(peer->wsi) != 0 && lws_remaining_packet_payload(peer->wsi) == 0;
  const bool binary = lws_frame_is_binary(peer->wsi) != 0;
  if (first && last) return message(peer, binary, piece);
  peer->partial.append(piece);
  if (!last) return;
  message(peer, binary, peer->partial);
  peer->partial.clear();
}

void BareServer::message(Peer* peer, bool binary, std::string_view payload) {
  SharedFrame* frame = SharedFrame::make(binary, payload);
  if (options_.fan_out) {
    for (Peer* other : peers_) send(other, frame);
  } else {
    send(peer, frame);
  }
  frame->release();
}

void BareServer::send(Peer* peer, SharedFrame* frame) {
  peer->outbox.push(frame);
  if (peer->dirty) return;
  peer->dirty = true;
  dirty_.push_back(peer);
}

void BareServer::flush_dirty() {
  for (Peer* peer : dirty_) {
    peer->dirty = false;
    // A broken connection is closed by libwebsockets when its socket reports the error.
    if (!peer->outbox.flush(peer->wsi)) lws_set_timeout(peer->wsi, PENDING_TIMEOUT_CLOSE_SEND, 1);
  }
  dirty_.clear();
}

}  // namespace stoa::bench
