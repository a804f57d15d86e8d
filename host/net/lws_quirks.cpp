#include "net/lws_quirks.h"

#include <dlfcn.h>
#include <libwebsockets.h>

#include <cstdlib>
#include <string_view>

namespace stoa::net {
namespace {

constexpr std::size_t kMaxControlPayload = 125;
// The terminating zero that is written behind a pong's payload, and slack; as the library has it.
constexpr std::size_t kBehind = 4;

std::size_t full_size = 0;  // of a buffer that is made smaller

void* allocate(void* old, std::size_t size, const char* reason) {
  if (size == 0) {
    std::free(old);
    return nullptr;
  }
  if (!old && size == full_size && reason && std::string_view(reason) == "rx_ubuf") {
    size = LWS_PRE + kMaxControlPayload + kBehind;
  }
  return std::realloc(old, size);
}

}  // namespace

void use_small_receive_buffers(std::size_t rx_buffer_size) {
  if (std::string_view(lws_get_library_version()).starts_with("4.1.6")) {
    full_size = LWS_PRE + rx_buffer_size + kBehind;
    lws_set_allocator(allocate);
  }
}

bool write_raw(lws* wsi, char* bytes, std::size_t size) {
  return lws_write(wsi, reinterpret_cast<unsigned char*>(bytes), size, LWS_WRITE_HTTP) >= 0;
}

int copy_header(lws* wsi, char* to, int size, int token) {
  using CopyHeader = int (*)(lws*, char*, int, lws_token_indexes);
  static const auto copy = reinterpret_cast<CopyHeader>(dlsym(RTLD_NEXT, "lws_hdr_copy"));
  return copy(wsi, to, size, static_cast<lws_token_indexes>(token));
}

}  // namespace stoa::net

// Stands in front of the library's own function of this name: see copy_header(). Of the
// library's own calls only the one that looks for a subprotocol asks for this header.
extern "C" int lws_hdr_copy(lws* wsi, char* to, int size, lws_token_indexes token) {
  if (token != WSI_TOKEN_PROTOCOL) return stoa::net::copy_header(wsi, to, size, token);
  *to = '\0';
  return 0;
}

// Stands in front of the library's own function of this name. What peers do wrong is theirs, and
// what we do wrong we say ourselves; but Debian builds libwebsockets with its debug lines, which
// took 300 of the 3,900 instructions of an echo to find out that nobody listens.
extern "C" void _lws_log(int /*level*/, const char* /*format*/, ...) {}  // NOLINT: not our name
