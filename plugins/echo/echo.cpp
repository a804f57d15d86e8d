// Teaches: handlers, replies, sending to a member, a timer.
//
//   echo     replies with what came, text or binary
//   kick     closes the connection, 50 ms later
//   welcome  is sent once the client is connected: the connection's id
#include <stoa/plugin.hpp>

using namespace std::chrono_literals;

class Echo : public stoa::Plugin {
 public:
  using Plugin::Plugin;

  static void handlers(stoa::Handlers<Echo>& on) {
    on.concurrent();  // the handlers remember nothing
    on("echo", [](stoa::Message msg) { return stoa::reply(msg); });
    on("kick", &Echo::kick);
    on.connected([](stoa::Member member) { member.emit("welcome", member.id()); });
  }

 private:
  void kick(stoa::Member member) {
    after(50ms, [member] { member.close(4000, "kicked"); });
  }
};

STOA_PLUGIN(Echo, "echo", "1.0.0")
