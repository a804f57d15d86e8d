#include "socket.h"

#include <algorithm>

#include "wire/utf8.h"

namespace stoa::client {
namespace {

constexpr uint16_t kNoStatus = 1005;
constexpr uint16_t kAbnormal = 1006;
constexpr uint16_t kNotText = 1007;
constexpr uint16_t kTooBig = 1009;
constexpr std::size_t kReasonBytes = 123;

unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

}  // namespace

int Socket::callback(lws* wsi, lws_callback_reasons reason, void*, void* in, std::size_t size) {
  // Events of the context itself come with a stand-in or without a connection.
  if (wsi == nullptr) return 0;
  auto* self = static_cast<Socket*>(lws_context_user(lws_get_context(wsi)));
  if (self == nullptr || wsi != self->wsi_) return 0;

  auto* bytes = static_cast<unsigned char*>(in);
  const auto* text = static_cast<const char*>(in);
  switch (reason) {
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
      return self->add_headers(static_cast<unsigned char**>(in),
                               *static_cast<unsigned char**>(in) + size);
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
      return self->established();
    case LWS_CALLBACK_CLIENT_RECEIVE:
      return self->receive(text, size);
    case LWS_CALLBACK_CLIENT_WRITEABLE:
      return self->write();
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
      self->note_peer_close(bytes, size);
      return 0;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
      self->note_failure(in == nullptr ? std::string_view() : std::string_view(text, size));
      self->gone();
      return 0;
    case LWS_CALLBACK_CLIENT_CLOSED:
    case LWS_CALLBACK_WSI_DESTROY:
      self->gone();
      return 0;
    default:
      return 0;
  }
}

void Socket::open(lws_context* context, const Url& url, Headers headers) {
  state_ = State::kConnecting;
  opened_ = false;
  closed_ = Closed();
  headers_ = std::move(headers);

  lws_client_connect_info info{};
  info.context = context;
  info.address = url.host.c_str();
  info.port = url.port;
  info.path = url.path.c_str();
  info.host = url.authority.c_str();
  info.ssl_connection = url.tls ? LCCSCF_USE_SSL : 0;
  info.ietf_version_or_minus_one = -1;
  info.pwsi = &wsi_;
  // A connection that fails at once has perhaps reported so from within the call, perhaps not.
  if (lws_client_connect_via_info(&info) == nullptr && state_ != State::kIdle) gone();
}

int Socket::add_headers(unsigned char** at, const unsigned char* end) {
  for (const auto& [name, value] : headers_) {
    const std::string with_colon = name + ":";
    if (lws_add_http_header_by_name(
            wsi_, reinterpret_cast<const unsigned char*>(with_colon.c_str()),
            reinterpret_cast<const unsigned char*>(value.data()), static_cast<int>(value.size()),
            at, const_cast<unsigned char*>(end)) != 0) {
      note_failure("the request headers are too long");
      return -1;
    }
  }
  return 0;
}

int Socket::established() {
  if (state_ != State::kConnecting) return -1;  // closed while it connected
  state_ = State::kOpen;
  opened_ = true;
  listener_.opened();
  return 0;
}

int Socket::receive(const char* data, std::size_t size) {
  if (state_ != State::kOpen) return 0;
  if (incoming_.size() + size > limits_.message_bytes) {
    close(kTooBig, "message too big");
    return 0;
  }
  const bool whole = lws_is_final_fragment(wsi_) != 0;
  if (whole && incoming_.empty()) {
    message_complete({data, size});
    return 0;
  }
  incoming_.append(data, size);
  if (whole) message_complete(std::exchange(incoming_, std::string()));
  return 0;
}

// Not by libwebsockets, which can check it too: 4.1.6 then goes on collecting what follows the bad
// text, behind the end of its buffer.
void Socket::message_complete(std::string_view message) {
  const bool binary = lws_frame_is_binary(wsi_) != 0;
  if (!binary && !wire::is_utf8(message)) return close(kNotText, "text that is not UTF-8");
  listener_.received(message, binary);
}

bool Socket::reserve(const std::string& frame) {
  const std::size_t size = frame.size();
  if (queued_bytes_.fetch_add(size) + size <= limits_.queue_bytes) return true;
  queued_bytes_.fetch_sub(size);
  return false;
}

void Socket::release(const std::string& frame) {
  queued_bytes_.fetch_sub(frame.size());
}

void Socket::send(std::string frame, bool binary) {
  if (state_ != State::kOpen) {
    release(frame);
    return;
  }
  queue_.push_back({std::move(frame), binary});
  lws_callback_on_writable(wsi_);
}

bool Socket::write_front() {
  Frame& frame = queue_.front();
  const std::size_t size = frame.bytes.size() - LWS_PRE;
  const auto protocol = frame.binary ? LWS_WRITE_BINARY : LWS_WRITE_TEXT;
  const int written = lws_write(wsi_, bytes_of(frame.bytes) + LWS_PRE, size, protocol);
  release(frame.bytes);
  queue_.pop_front();
  return written >= 0;
}

int Socket::write() {
  while (!queue_.empty() && lws_send_pipe_choked(wsi_) == 0) {
    if (!write_front()) return -1;
  }
  if (!queue_.empty()) {
    lws_callback_on_writable(wsi_);
  } else if (state_ == State::kClosing) {
    lws_close_reason(wsi_, static_cast<lws_close_status>(closed_.code), bytes_of(closed_.reason),
                     closed_.reason.size());
    return -1;
  }
  return 0;
}

void Socket::close(uint16_t code, std::string_view reason) {
  if (state_ == State::kConnecting) {
    kill(reason);
  } else if (state_ == State::kOpen) {
    state_ = State::kClosing;
    closed_.code = code;
    closed_.reason = wire::cut_utf8(reason, kReasonBytes);
    lws_callback_on_writable(wsi_);
  }
}

void Socket::kill(std::string_view why) {
  if (state_ == State::kIdle) return;
  if (state_ != State::kClosing) note_failure(why);
  state_ = State::kClosing;
  lws_set_timeout(wsi_, PENDING_TIMEOUT_KILLED_BY_PARENT, LWS_TO_KILL_ASYNC);
}

void Socket::note_peer_close(const unsigned char* data, std::size_t size) {
  if (state_ == State::kClosing) return;  // our own code stands
  state_ = State::kClosing;
  closed_.code = size >= 2 ? static_cast<uint16_t>(data[0] << 8 | data[1]) : kNoStatus;
  if (size > 2) closed_.reason.assign(reinterpret_cast<const char*>(data) + 2, size - 2);
}

void Socket::note_failure(std::string_view text) {
  closed_.code = kAbnormal;
  if (closed_.reason.empty()) closed_.reason = wire::cut_utf8(text, kReasonBytes);
}

void Socket::gone() {
  if (state_ == State::kIdle) return;
  state_ = State::kIdle;
  wsi_ = nullptr;
  incoming_.clear();
  for (const Frame& frame : queue_) release(frame.bytes);
  queue_.clear();
  listener_.gone(closed_, opened_);
}

}  // namespace stoa::client
