#include "net/lws_quirks.h"

#include <dlfcn.h>
#include <ev.h>
#include <libwebsockets.h>

#include <cstdlib>
#include <string_view>
#include <utility>

namespace stoa::net {
namespace {

constexpr std::size_t kMaxControlPayload = 125;
// The terminating zero that is written behind a pong's payload, and slack; as the library has it.
constexpr std::size_t kBehind = 4;

std::size_t full_size = 0;  // of a buffer that is made smaller

// What the loop on this thread is spared.
thread_local lws_context* spared = nullptr;
thread_local bool idle_wanted = false;

bool needs_idle_turn() {
  constexpr int kAny = 1;  // milliseconds: 0 comes back if there is something to do
  return !spared || std::exchange(idle_wanted, false) ||
         lws_service_adjust_timeout(spared, kAny, 0) == 0;
}

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

void spare_idle_turns(lws_context* context) {
  spared = context;
}

void want_idle_turn() {
  idle_wanted = true;
}

void start_idle_turn(struct ev_loop* loop, ev_idle* turn) noexcept {
  using Start = void (*)(struct ev_loop*, ev_idle*);
  static const auto start = reinterpret_cast<Start>(dlsym(RTLD_NEXT, "ev_idle_start"));
  if (needs_idle_turn()) start(loop, turn);
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

// Stands in front of libev's own function of this name: see spare_idle_turns().
extern "C" void ev_idle_start(struct ev_loop* loop, ev_idle* turn) noexcept {
  stoa::net::start_idle_turn(loop, turn);
}

// Stands in front of the library's own function of this name. What peers do wrong is theirs, and
// what we do wrong we say ourselves; but Debian builds libwebsockets with its debug lines, which
// took 300 of the 3,900 instructions of an echo to find out that nobody listens.
extern "C" void _lws_log(int /*level*/, const char* /*format*/, ...) {}  // NOLINT: not our name
