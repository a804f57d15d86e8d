#include "plugin/contents.h"

#include <openssl/evp.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "report/startup_error.h"

namespace stoa::plugin {

namespace {

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& why) {
  throw report::StartupError("plugin \"" + path.string() + "\": " + why);
}

}  // namespace

std::string read_contents(const FileDescriptor& file, const std::filesystem::path& path) {
  std::string bytes;
  std::array<char, 64 * 1024> chunk;
  for (;;) {
    const ssize_t got = ::read(file.number(), chunk.data(), chunk.size());
    if (got == 0) return bytes;
    if (got < 0) refuse(path, std::string("cannot be read: ") + std::strerror(errno));
    bytes.append(chunk.data(), static_cast<std::size_t>(got));
    if (bytes.size() > kMaxLibraryBytes) refuse(path, "is larger than 512 MiB");
  }
}

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
    throw report::StartupError("OpenSSL cannot compute a SHA-256 here");
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) {
    hex += kDigits[digest[i] >> 4];
    hex += kDigits[digest[i] & 15];
  }
  return hex;
}

}  // namespace stoa::plugin
