#include "net/websocket.h"

#include <libwebsockets.h>

#include <array>
#include <bit>

#include "net/http.h"
#include "net/lws_quirks.h"
#include "net/request.h"
#include "net/session.h"
#include "net/worker.h"
#include "report/startup_error.h"

namespace stoa::net {
namespace {

// Of a request's headers; lws refuses more with 431 or closes.
constexpr unsigned short kMaxHeaderBytes = 8 * 1024;
// Requests whose headers are being read at the same time; others wait for their turn.
constexpr unsigned short kMaxHandshakes = 256;

Worker& worker_of(lws* wsi) {
  return *static_cast<Worker*>(lws_context_user(lws_get_context(wsi)));
}

// The session that stands in libwebsockets' per-session memory.
Session*& session_in(void* user) {
  return *static_cast<Session**>(user);
}

int established(lws* wsi, void* user) {
  Worker& worker = worker_of(wsi);
  worker.handshake_ends(wsi);
  session_in(user) = new Session(worker, wsi);
  return session_in(user)->open(read_facts(wsi, worker.settings())) ? 0 : -1;
}

int closed(void* user) {
  if (!user || !session_in(user)) return 0;
  session_in(user)->closed();
  delete session_in(user);
  session_in(user) = nullptr;
  return 0;
}

int peer_closes(void* user, void* in, std::size_t size) {
  const auto* const bytes = static_cast<const unsigned char*>(in);
  // A close frame without a code says so by 1005, which never goes over the wire.
  const auto code = static_cast<uint16_t>(size >= 2 ? bytes[0] << 8 | bytes[1] : 1005);
  const std::string_view reason(static_cast<const char*>(in) + 2, size > 2 ? size - 2 : 0);
  if (user && session_in(user)) session_in(user)->peer_closes(code, size > 2 ? reason : "");
  return 0;
}

int on_websocket(lws* wsi, lws_callback_reasons reason, void* user, void* in, std::size_t size) {
  switch (reason) {
    case LWS_CALLBACK_ESTABLISHED:
      return established(wsi, user);
    case LWS_CALLBACK_RECEIVE:
      return session_in(user)->receive({static_cast<const char*>(in), size}) ? 0 : -1;
    case LWS_CALLBACK_RECEIVE_PONG:
      session_in(user)->pong({static_cast<const char*>(in), size});
      return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE:
      // It can come for a connection whose peer died before it was established.
      return !session_in(user) || session_in(user)->writable() ? 0 : -1;
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
      return peer_closes(user, in, size);
    case LWS_CALLBACK_CLOSED:
      return closed(user);
    default:
      return 0;
  }
}

// HTTP before the upgrade, and everything that is no WebSocket.
int on_http(lws* wsi, lws_callback_reasons reason, void* in, std::size_t size) {
  switch (reason) {
    case LWS_CALLBACK_HTTP:
      return serve_http(wsi, worker_of(wsi));
    case LWS_CALLBACK_HTTP_FILE_COMPLETION:
      return file_sent(wsi, worker_of(wsi));
    case LWS_CALLBACK_RAW_ADOPT:
      return refuse_connect(wsi);
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
      return judge_upgrade(wsi, worker_of(wsi));
    case LWS_CALLBACK_WSI_DESTROY:
      worker_of(wsi).handshake_ends(wsi);
      return 0;
    default:
      return lws_callback_http_dummy(wsi, reason, nullptr, in, size);
  }
}

int on_lws(lws* wsi, lws_callback_reasons reason, void* user, void* in, std::size_t size) noexcept {
  switch (reason) {
    case LWS_CALLBACK_ESTABLISHED:
    case LWS_CALLBACK_RECEIVE:
    case LWS_CALLBACK_RECEIVE_PONG:
    case LWS_CALLBACK_SERVER_WRITEABLE:
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
    case LWS_CALLBACK_CLOSED:
      return on_websocket(wsi, reason, user, in, size);
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
      return 0;
    default:
      return on_http(wsi, reason, in, size);
  }
}

}  // namespace

lws_context* create_lws_context(Worker& worker, struct ev_loop* loop) {
  // libwebsockets copies the table.
  const std::array<lws_protocols, 2> protocols{
      // Without a name none is said in the answer to an upgrade that asks for some.
      lws_protocols{.name = "",
                    .callback = on_lws,
                    .per_session_data_size = sizeof(Session*),
                    .rx_buffer_size = worker.settings().receive_buffer_bytes,
                    .tx_packet_size = Worker::kBatchBytes},
      lws_protocols{}};
  std::array<void*, 1> loops{loop};
  lws_context_creation_info info{};
  info.port = CONTEXT_PORT_NO_LISTEN_SERVER;
  info.protocols = protocols.data();
  info.options = LWS_SERVER_OPTION_LIBEV | LWS_SERVER_OPTION_DISABLE_IPV6;
  info.foreign_loops = loops.data();
  info.pt_serv_buf_size = Worker::kBatchBytes;
  info.max_http_header_data = kMaxHeaderBytes;
  info.max_http_header_pool = kMaxHandshakes;
  // Sessions look after idle peers themselves. lws would keep a sorted list of all connections'
  // deadlines, and walk it for every upgrade and pong.
  static const lws_retry_bo_t kNoValidityCheck{};
  info.retry_and_idle_policy = &kNoValidityCheck;
  info.server_string = "stoa";
  info.gid = static_cast<decltype(info.gid)>(-1);
  info.uid = static_cast<decltype(info.uid)>(-1);
  info.user = &worker;
  lws_context* const context = lws_create_context(&info);
  if (!context)
    throw report::StartupError(
        "libwebsockets cannot make a context: is there memory for server.max_connections, and does "
        "the process have file descriptors left?");
  return context;
}

}  // namespace stoa::net
