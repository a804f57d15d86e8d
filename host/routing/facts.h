// What is known of a connection from its request.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/query.h"

namespace stoa::routing {

// Made by the net room at the upgrade. `id` and `user` may be changed by plugins while the
// connection opens; nothing changes afterwards.
struct Facts {
  std::string id;
  std::string user;
  std::string address;
  std::string path;
  uint32_t reconnects = 0;
  std::vector<wire::NameValue> headers;  // names in lower case
  std::vector<wire::NameValue> query;

  // Looks up any header of the request while it is still at hand, that is during the first run of
  // the opening hooks; empty afterwards.
  std::function<std::optional<std::string>(std::string_view name)> live_header;
};

// A random UUID, version 4.
[[nodiscard]] std::string random_uuid();

}  // namespace stoa::routing
