#include "net/lws_quirks.h"

#include <libwebsockets.h>

#include <cstdlib>
#include <string_view>

namespace stoa::net {
namespace {

constexpr std::size_t kMaxControlPayload = 125;
// The terminating zero that is written behind a pong's payload, and slack.
constexpr std::size_t kBehind = 4;

void* allocate(void* old, std::size_t size, const char* reason) {
  if (size == 0) {
    std::free(old);
    return nullptr;
  }
  if (!old && reason && std::string_view(reason) == "rx_ubuf") {
    size = LWS_PRE + kMaxControlPayload + kBehind;
  }
  return std::realloc(old, size);
}

}  // namespace

void use_small_receive_buffers() {
  if (std::string_view(lws_get_library_version()).starts_with("4.1.6")) {
    lws_set_allocator(allocate);
  }
}

bool write_raw(lws* wsi, char* bytes, std::size_t size) {
  return lws_write(wsi, reinterpret_cast<unsigned char*>(bytes), size, LWS_WRITE_HTTP) >= 0;
}

}  // namespace stoa::net

// Stands in front of the library's own function of this name. What peers do wrong is theirs, and
// what we do wrong we say ourselves; but Debian builds libwebsockets with its debug lines, which
// took 300 of the 3,900 instructions of an echo to find out that nobody listens.
extern "C" void _lws_log(int /*level*/, const char* /*format*/, ...) {}  // NOLINT: not our name
