#include "net/session.h"

#include <libwebsockets.h>

#include <utility>

#include "net/descriptors.h"
#include "net/lws_quirks.h"
#include "net/worker.h"
#include "wire/utf8.h"

namespace stoa::net {

using std::chrono::milliseconds;

Session::Session(Worker& worker, lws* wsi)
    : worker_(worker), wsi_(wsi), opened_(worker.shard().now()), last_received_(opened_) {
  worker_.add(*this);
}

Session::~Session() {
  worker_.remove(*this);
}

bool Session::open(routing::Facts facts) {
  connection_ = worker_.shard().open(std::move(facts), this);
  return connection_ != nullptr;
}

bool Session::receive(std::string_view piece) {
  if (!connection_ || closing_) return true;
  last_received_ = worker_.shard().now();
  ping_sent_ = false;
  const std::size_t rest = lws_remaining_packet_payload(wsi_);
  if (assembly_.size() + piece.size() + rest > worker_.max_message_bytes()) {
    close(1009, "message too big");
    return true;
  }
  const bool last = rest == 0 && lws_is_final_fragment(wsi_) != 0;
  if (last && assembly_.empty()) {
    message_complete(piece);
    return true;
  }
  assembly_.append(piece);
  if (!last) return true;
  // Taken out first: the message may end the connection.
  const std::string whole = std::exchange(assembly_, {});
  message_complete(whole);
  return true;
}

void Session::message_complete(std::string_view payload) {
  const bool binary = lws_frame_is_binary(wsi_) != 0;
  if (!binary && !wire::is_utf8(payload)) return close(1007, "text that is not UTF-8");
  worker_.shard().receive(*connection_, payload, binary);
}

void Session::close(uint16_t code, std::string_view reason) {
  worker_.shard().delivery().close(*connection_, code, reason);
}

void Session::pong(std::string_view payload) {
  if (!connection_) return;
  last_received_ = worker_.shard().now();
  ping_sent_ = false;
  if (worker_.shard().pong(*connection_, payload)) at_barrier_ = false;
}

void Session::peer_closes(uint16_t code, std::string_view reason) {
  peer_code_ = code;
  finish(code, reason);
}

void Session::closed() {
  finish(peer_code_, "");
}

void Session::finish(uint16_t code, std::string_view reason) {
  if (!connection_) return;
  routing::Connection& connection = *std::exchange(connection_, nullptr);
  worker_.shard().gone(connection, code, reason);
}

void Session::kill(std::string_view reason) {
  finish(1006, reason);
  worker_.kill_soon(wsi_);
}

void Session::flush() {
  connection_->dirty = false;
  if (connection_->is_paused() != paused_) {
    paused_ = connection_->is_paused();
    last_received_ = worker_.shard().now();
    lws_rx_flow_control(wsi_, paused_ ? 0 : 1);
  }
  if (broken_ || (!choked_ && !write_outbox())) return kill("the socket is broken");
  if (!connection_ || !connection_->closing || choked_ || closing_) return;
  if (connection_->outbox.empty()) lws_callback_on_writable(wsi_);
}

void Session::write_ahead() {
  if (connection_ && !choked_ && !broken_) broken_ = !write_outbox();
}

bool Session::write_outbox() {
  routing::Outbox& outbox = connection_->outbox;
  if (!bounded_ && connection_->memberships.size() > 1) bound_unsent();
  while (outbox.ready()) {
    std::string& batch = worker_.scratch();
    batch.resize(LWS_PRE);
    if (!outbox.gather(batch, Worker::kBatchBytes, worker_.weights())) break;
    if (!write_raw(wsi_, batch.data() + LWS_PRE, batch.size() - LWS_PRE)) {
      return false;
    }
    if (lws_partial_buffered(wsi_)) {
      choked_ = true;
      stuck_since_ = worker_.shard().now();
      lws_callback_on_writable(wsi_);
      return true;
    }
  }
  const bool held = !outbox.empty();
  if (held && !at_barrier_) held_since_ = worker_.shard().now();
  at_barrier_ = held;
  return true;
}

// What the kernel has taken nothing can overtake.
void Session::bound_unsent() {
  bounded_ = true;
  net::bound_unsent(lws_get_socket_fd(wsi_), Worker::kUnsentBytes);
}

bool Session::writable() {
  if (!connection_) return true;
  if (lws_partial_buffered(wsi_)) {
    lws_callback_on_writable(wsi_);
    return true;
  }
  choked_ = false;
  if (broken_ || !write_outbox()) {
    kill("the socket is broken");
    return true;
  }
  if (!connection_ || !connection_->closing || choked_ || !connection_->outbox.empty()) return true;
  const routing::Closing& why = *connection_->closing;
  std::string reason = why.reason;
  lws_close_reason(wsi_, static_cast<lws_close_status>(why.code),
                   reinterpret_cast<unsigned char*>(reason.data()), reason.size());
  closing_ = true;
  finish(why.code, reason);
  return false;
}

void Session::write_ping() {
  // Neither empty, since libwebsockets 4.1.6 does not tell of a pong without a payload, nor that of
  // a barrier's ping.
  unsigned char bytes[LWS_PRE + 1];
  bytes[LWS_PRE] = '?';
  ping_sent_ = true;
  pinged_at_ = worker_.shard().now();
  if (lws_write(wsi_, bytes + LWS_PRE, 1, LWS_WRITE_PING) < 0) kill("the socket is broken");
}

void Session::note_progress(routing::TimePoint now) {
  const int unsent = unsent_bytes(lws_get_socket_fd(wsi_));
  if (unsent == unsent_) return;
  unsent_ = unsent;
  stuck_since_ = now;
}

void Session::check(routing::TimePoint now) {
  if (!connection_) return;
  const Patience& patience = worker_.patience();
  if (choked_) {
    note_progress(now);
    if (now - stuck_since_ <= patience.send) return;
    if (!connection_->closing) worker_.shard().counters().slow_consumers.add();
    return kill("slow consumer");
  }
  // What it says is not looked at for now.
  if (paused_) last_received_ = held_since_ = pinged_at_ = now;
  if (!connection_->is_open() && !connection_->opening->acknowledged &&
      !worker_.shard().router().native_only() && now - opened_ > patience.acknowledge &&
      !connection_->closing) {
    return close(1008, "no acknowledgement");
  }
  if (at_barrier_ && now - held_since_ > patience.pong) {
    connection_->outbox.clear();
    at_barrier_ = false;
    close(1008, "a ping was not answered");
    lws_callback_on_writable(wsi_);  // also if it was closing already
    return;
  }
  if (!ping_sent_) {
    // At a barrier a ping is on its way, and a client may answer only the last of several.
    if (!at_barrier_ && now - last_received_ > patience.idle) write_ping();
  } else if (now - pinged_at_ > patience.pong) {
    kill("a ping was not answered");
  }
}

}  // namespace stoa::net
