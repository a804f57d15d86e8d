#include "manifest/schema.h"

#include <sys/un.h>

#include <algorithm>

#include "manifest/kinds.h"
#include "manifest/listen_address.h"
#include "manifest/run.h"
#include "report/log.h"
#include "wire/query.h"

namespace stoa::manifest {
namespace {

constexpr std::size_t kLongestPath = 255;

bool is_path(std::string_view text) {
  return text.starts_with('/') && text.size() <= kLongestPath &&
         std::ranges::all_of(text,
                             [](char c) { return c > ' ' && c < 0x7F && c != '?' && c != '#'; });
}

bool is_folder_url(std::string_view text) {
  return is_path(text) && text.ends_with('/');
}

bool is_level(std::string_view text) {
  return report::level_named(text).has_value();
}

constexpr std::string_view kWantedAddress =
    R"(a numeric address and a port, like "127.0.0.1:8080" or "[::1]:0")";

bool is_taken(const std::vector<Listen>& taken, const Listen& listen) {
  return listen.port != 0 && std::ranges::find(taken, listen) != taken.end();
}

void store_listen(const Value& value, const Place& place, Server& out) {
  const auto* array = std::get_if<Array>(&value.data);
  if (array == nullptr || array->empty()) {
    return place.refuse(value, "an array with one address or more");
  }
  std::vector<Listen> listens;
  for (std::size_t i = 0; i < array->size(); ++i) {
    const Value& item = (*array)[i];
    const auto* found = std::get_if<std::string>(&item.data);
    const auto listen = found == nullptr ? std::nullopt : parse_listen(*found);
    if (!listen) {
      place.item(i).refuse(item, kWantedAddress);
    } else if (is_taken(listens, *listen)) {
      place.item(i).refuse(item, "each address once");
    } else {
      listens.push_back(*listen);
    }
  }
  out.listen = std::move(listens);
}

void store_headers(const Value& value, const Place& place, Server& out) {
  constexpr std::size_t kMostHeaders = 64;
  const auto* array = std::get_if<Array>(&value.data);
  if (array == nullptr || array->size() > kMostHeaders) {
    return place.refuse(value, "an array of at most 64 names of request headers");
  }
  out.headers.clear();
  for (std::size_t i = 0; i < array->size(); ++i) {
    const Value& item = (*array)[i];
    const auto* found = std::get_if<std::string>(&item.data);
    if (found == nullptr || !wire::is_http_token(*found)) {
      place.item(i).refuse(item, R"(the name of a request header, like "X-Token")");
    } else {
      out.headers.push_back(*found);
    }
  }
}

constexpr std::string_view kWantedSocket =
    R"(the path of a Unix socket, absolute or relative to the manifest, or "" for none)";

void store_socket(const Value& value, const Place& place, Control& out) {
  constexpr std::size_t kLongest = sizeof(sockaddr_un::sun_path) - 1;
  if (is_empty_text(value)) return out.socket.clear();
  auto path = absolute_path(value, place);
  if (!path || !path->has_filename()) return place.refuse(value, kWantedSocket);
  const std::size_t bytes = path->native().size();
  if (bytes > kLongest) {
    return place.refuse(value, "a path that has at most " + std::to_string(kLongest) +
                                   " bytes in its absolute form, which is what a Unix socket's "
                                   "name can have; this has " +
                                   std::to_string(bytes));
  }
  out.socket = std::move(*path);
}

constexpr std::string_view kWantedMode =
    R"(a text of three octal digits that lets no others in, like "600" or "660")";

void store_mode(const Value& value, const Place& place, Control& out) {
  const auto* found = std::get_if<std::string>(&value.data);
  const bool valid = found != nullptr && found->size() == 3 && found->ends_with('0') &&
                     found->find_first_not_of("01234567") == std::string::npos;
  if (!valid) return place.refuse(value, kWantedMode);
  out.socket_mode = static_cast<uint32_t>(std::stoul(*found, nullptr, 8));
}

}  // namespace

const Keys<Server>& server_keys() {
  static const Keys<Server> keys = {
      {"listen", Shape::kTexts, false, "an array of addresses", store_listen},
      text("path", &Server::path, is_path, R"(a path that begins with "/")"),
      number("workers", &Server::workers, 0, 64),
      {"headers", Shape::kTexts, false, "an array of names of request headers", store_headers},
      number("max_connections", &Server::max_connections, 1, 10'000'000),
      number("max_message_bytes", &Server::max_message_bytes, 125, 16 * kMiB),
      number("max_namespaces_per_connection", &Server::max_namespaces_per_connection, 1, 65'536),
      number("max_rooms_per_connection", &Server::max_rooms_per_connection, 0, 65'536),
      number("receive_buffer_bytes", &Server::receive_buffer_bytes, 256, kMiB),
      number("handshake_timeout_ms", &Server::handshake_timeout_ms, 100, 10 * kMinute),
      number("acknowledge_timeout_ms", &Server::acknowledge_timeout_ms, 100, 10 * kMinute),
      number("ping_interval_ms", &Server::ping_interval_ms, 100, kHour),
      number("pong_timeout_ms", &Server::pong_timeout_ms, 100, 10 * kMinute),
      number("ask_timeout_ms", &Server::ask_timeout_ms, 1, kHour),
      number("send_queue_bytes", &Server::send_queue_bytes, kKiB, 1024 * kMiB),
      number("send_timeout_ms", &Server::send_timeout_ms, 100, 10 * kMinute),
      number("drain_grace_ms", &Server::drain_grace_ms, 0, 2 * kMinute),
  };
  return keys;
}

const Keys<Log>& log_keys() {
  static const Keys<Log> keys = {
      text("level", &Log::level, is_level, R"("trace", "debug", "info", "warn" or "error")"),
  };
  return keys;
}

const Keys<Plugins>& plugins_keys() {
  static const Keys<Plugins> keys = {
      folder("directory", &Plugins::directory),
      run_key(&Plugins::run),
      number("slow_callback_ms", &Plugins::slow_callback_ms, 10, kHour),
      number("stuck_callback_ms", &Plugins::stuck_callback_ms, 100, kHour),
  };
  return keys;
}

const Keys<Control>& control_keys() {
  static const Keys<Control> keys = {
      {"socket", Shape::kText, false, std::string(kWantedSocket), store_socket},
      {"socket_mode", Shape::kText, false, std::string(kWantedMode), store_mode},
  };
  return keys;
}

const Keys<Rollout>& rollout_keys() {
  static const Keys<Rollout> keys = {
      folder_or_none("state", &Rollout::state),
      number("max_retired", &Rollout::max_retired, 1, 10'000),
      number("stage_timeout_ms", &Rollout::stage_timeout_ms, 100, 10 * kMinute),
      number("history", &Rollout::history, 1, 10'000),
  };
  return keys;
}

const Keys<StaticFolder>& static_keys() {
  static const Keys<StaticFolder> keys = {
      required(text("url", &StaticFolder::url, is_folder_url,
                    R"(a path that begins and ends with "/")")),
      required(folder("folder", &StaticFolder::folder)),
  };
  return keys;
}

}  // namespace stoa::manifest
