#include "net/http.h"

#include <libwebsockets.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "net/lws_quirks.h"
#include "net/request.h"
#include "net/worker.h"

namespace stoa::net {
namespace {

struct Header {
  const char* name;  // with its colon
  std::string value;
};

// What libwebsockets numbers by the order of its method table.
enum class Method { kGet = 0, kPost = 1, kHead = 7 };

struct Target {
  Method method;
  std::string path;
};

// Nothing if the request's line is broken. libwebsockets decodes %0d and %0a before it looks for
// the line's end, so that a URI could smuggle in header fields; the line's version is lost then.
std::optional<Target> target_of(lws* wsi) {
  if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP) <= 0) return std::nullopt;
  char* path = nullptr;
  int length = 0;
  const int method = lws_http_get_uri_and_method(wsi, &path, &length);
  if (method < 0 || !path) return std::nullopt;
  return Target{static_cast<Method>(method), std::string(path, static_cast<std::size_t>(length))};
}

// Sends a whole answer with a one-line body. False if the connection is broken.
bool answer(lws* wsi, unsigned status, std::string_view text,
            std::span<const Header> headers = {}) {
  std::array<unsigned char, LWS_PRE + 2048> buffer;
  unsigned char* const start = buffer.data() + LWS_PRE;
  unsigned char* const end = buffer.data() + buffer.size() - 1;
  unsigned char* at = start;
  const std::string body = text.empty() ? std::string() : std::string(text) + "\n";
  bool fits = lws_add_http_common_headers(wsi, status, "text/plain; charset=utf-8", body.size(),
                                          &at, end) == 0;
  for (const Header& header : headers) {
    fits = fits &&
           lws_add_http_header_by_name(wsi, reinterpret_cast<const unsigned char*>(header.name),
                                       reinterpret_cast<const unsigned char*>(header.value.data()),
                                       static_cast<int>(header.value.size()), &at, end) == 0;
  }
  fits = fits && lws_finalize_http_header(wsi, &at, end) == 0 &&
         static_cast<std::size_t>(end - at) > body.size();
  if (!fits) return false;
  at = std::copy(body.begin(), body.end(), at);
  const auto size = static_cast<std::size_t>(at - start);
  return lws_write(wsi, start, size, LWS_WRITE_HTTP_HEADERS) == static_cast<int>(size);
}

// Sends the answer and ends the transaction.
int answer_and_end(lws* wsi, unsigned status, std::string_view text,
                   std::span<const Header> headers = {}) {
  if (!answer(wsi, status, text, headers)) return -1;
  return lws_http_transaction_completed(wsi) != 0 ? -1 : 0;
}

// Sends the answer in place of an upgrade: libwebsockets ends the transaction itself.
int refuse(lws* wsi, unsigned status, std::string_view text, std::span<const Header> headers = {}) {
  return answer(wsi, status, text, headers) ? 1 : -1;
}

// The 16 random bytes of RFC 6455, in base64: 22 characters and "==".
bool is_websocket_key(std::string_view key) {
  if (key.size() != 24 || !key.ends_with("==")) return false;
  return std::all_of(key.begin(), key.end() - 2, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
  });
}

std::string header(lws* wsi, std::string_view name) {
  return read_header(wsi, name).value_or("");
}

bool is_websocket(lws* wsi) {
  std::string upgrade = header(wsi, "upgrade");
  std::transform(upgrade.begin(), upgrade.end(), upgrade.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return upgrade == "websocket";
}

// What follows a refused method may be its body: nothing more is read.
constexpr std::string_view kOnlyGet = "only GET is allowed here";
const std::array kAllowGet{Header{"allow:", "GET"}, Header{"connection:", "close"}};

bool is_get(lws* wsi) {
  return lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) > 0 ||
         lws_hdr_total_length(wsi, WSI_TOKEN_HEAD_URI) > 0;
}

// An answer that libwebsockets gives by itself. It closes the connection.
int answer_itself(lws* wsi, unsigned status) {
  if (!is_get(wsi)) {
    static_cast<void>(answer(wsi, HTTP_STATUS_METHOD_NOT_ALLOWED, kOnlyGet, kAllowGet));
  } else {
    const std::array close{Header{"connection:", "close"}};
    static_cast<void>(answer(wsi, status, "refused", close));
  }
  return -1;
}

int serve_file(lws* wsi, const StaticFile& file) {
  const std::string mime(file.mime);
  const int sent = lws_serve_http_file(wsi, file.path.c_str(), mime.c_str(), nullptr, 0);
  if (sent < 0) return -1;
  return sent > 0 && lws_http_transaction_completed(wsi) != 0 ? -1 : 0;
}

}  // namespace

int serve_http(lws* wsi, Worker& worker) {
  worker.handshake_begins(wsi);  // a kept-alive connection has as long for each request
  const auto target = target_of(wsi);
  if (!target) return answer_and_end(wsi, HTTP_STATUS_BAD_REQUEST, "bad request");
  if (target->method != Method::kGet && target->method != Method::kHead) {
    static_cast<void>(answer(wsi, HTTP_STATUS_METHOD_NOT_ALLOWED, kOnlyGet, kAllowGet));
    return -1;
  }
  if (target->method == Method::kHead && target->path == worker.settings().path) {
    return answer_and_end(wsi, HTTP_STATUS_FOUND, "");
  }
  if (const auto file = worker.files().find(target->path)) {
    if (target->method == Method::kGet) worker.answer_begins(wsi);
    return serve_file(wsi, *file);  // of a HEAD's answer libwebsockets leaves out the body itself
  }
  return answer_and_end(wsi, HTTP_STATUS_NOT_FOUND, "not found");
}

int file_sent(lws* wsi, Worker& worker) {
  worker.handshake_begins(wsi);
  return lws_http_transaction_completed(wsi) != 0 ? -1 : 0;
}

int refuse_connect(lws* wsi) {
  std::string text(LWS_PRE, '\0');
  text += "HTTP/1.1 405 Method Not Allowed\r\nallow: GET\r\nconnection: close\r\n";
  text += "content-length: 0\r\n\r\n";
  static_cast<void>(write_raw(wsi, text.data() + LWS_PRE, text.size() - LWS_PRE));
  return -1;
}

int judge_upgrade(lws* wsi, Worker& worker) {
  const auto target = target_of(wsi);
  if (!target) return refuse(wsi, HTTP_STATUS_BAD_REQUEST, "bad request");
  if (target->method != Method::kGet) {
    const std::array allow{Header{"allow:", "GET"}};
    return refuse(wsi, HTTP_STATUS_METHOD_NOT_ALLOWED, "an upgrade is a GET", allow);
  }
  if (!is_websocket(wsi)) return refuse(wsi, HTTP_STATUS_BAD_REQUEST, "unknown upgrade");
  if (target->path != worker.settings().path) {
    return refuse(wsi, HTTP_STATUS_NOT_FOUND, "no WebSocket endpoint here");
  }
  if (header(wsi, "sec-websocket-version") != "13") {
    const std::array version{Header{"sec-websocket-version:", "13"}};
    return refuse(wsi, 426, "this server speaks WebSocket version 13", version);
  }
  if (!is_websocket_key(header(wsi, "sec-websocket-key")) || header(wsi, "host").empty()) {
    return refuse(wsi, HTTP_STATUS_BAD_REQUEST, "malformed WebSocket request");
  }
  if (worker.draining() || !worker.has_room()) {
    const std::array later{Header{"retry-after:", "5"}};
    return refuse(wsi, HTTP_STATUS_SERVICE_UNAVAILABLE,
                  worker.draining() ? "server is going away" : "too many connections", later);
  }
  return 0;
}

}  // namespace stoa::net

// Stands in front of the library's own function of this name, by which it refuses, with a page of
// HTML and 403, what its parser does not like: a method that it does not know, for one.
extern "C" int lws_return_http_status(lws* wsi, unsigned status, const char* /*html*/) {
  return stoa::net::answer_itself(wsi, status);
}
