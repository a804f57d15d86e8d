// Echoes as the shipped echo does, after some work: a handler that takes longer than the wire, so
// that the server is the limit and not the load client, also with two workers on two cores.
#include <cstdint>
#include <stoa/plugin.hpp>

namespace {

// Some 35 microseconds of arithmetic, the same for every message.
constexpr int kRounds = 20'000;

uint64_t work(std::string_view body) {
  uint64_t state = body.size() + 1;
  for (int i = 0; i < kRounds; ++i) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
  }
  return state;
}

}  // namespace

class Labour : public stoa::Plugin {
 public:
  using Plugin::Plugin;

  static void handlers(stoa::Handlers<Labour>& on) {
    on.concurrent();
    on("echo", [](stoa::Message msg) -> stoa::Result {
      if (work(msg.body) == 0) return stoa::error("zero is no state of it");
      return stoa::reply(msg);
    });
  }
};

STOA_PLUGIN(Labour, "labour", "1.0.0")
