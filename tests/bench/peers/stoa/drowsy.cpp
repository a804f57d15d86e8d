// Echoes, after it has waited a millisecond as for a database: the neighbour that makes all the
// noise.
#include <chrono>
#include <stoa/plugin.hpp>
#include <thread>

class Drowsy : public stoa::Plugin {
 public:
  using Plugin::Plugin;

  static void handlers(stoa::Handlers<Drowsy>& on) {
    on("echo", [](stoa::Message msg) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      return stoa::reply(msg);
    });
  }
};

STOA_PLUGIN(Drowsy, "drowsy", "1.0.0")
