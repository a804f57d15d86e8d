// Teaches: raw frames, for plain WebSocket clients that do not speak neffos. Serves the namespace
// "".
//
// Every frame is sent back as it came: text as text, binary as binary.
#include <stoa/plugin.hpp>

struct Native : stoa::Plugin {
  using Plugin::Plugin;

  static void handlers(stoa::Handlers<Native>& on) {
    on.native([](stoa::Message frame) { return stoa::reply(frame); });
  }
};

STOA_PLUGIN(Native, "native", "1.0.0")
