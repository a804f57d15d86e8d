// The address of a Unix socket.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <filesystem>
#include <optional>
#include <string>

namespace stoa::ops {

struct UnixAddress {
  sockaddr_un storage{};

  [[nodiscard]] const sockaddr* generic() const {
    return reinterpret_cast<const sockaddr*>(&storage);
  }
  static constexpr socklen_t size() { return sizeof(sockaddr_un); }
};

// The longest path that fits.
inline constexpr std::size_t kMaxUnixPath = sizeof(sockaddr_un::sun_path) - 1;

// That of the socket file `path`. Empty if the path is too long for one, or empty.
[[nodiscard]] inline std::optional<UnixAddress> unix_address(const std::filesystem::path& path) {
  const std::string& text = path.native();
  if (text.empty() || text.size() > kMaxUnixPath) return std::nullopt;
  UnixAddress address;
  address.storage.sun_family = AF_UNIX;
  text.copy(address.storage.sun_path, text.size());
  return address;
}

}  // namespace stoa::ops
