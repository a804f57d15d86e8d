// The room of the fan-out, with the handler that the other servers have: a message goes to everyone
// in its room. The chat we ship would also tell each member of each other's joining, and ten
// thousand members have fifty million such pairs.
#include <stoa/plugin.hpp>

class Crowd : public stoa::Plugin {
 public:
  using Plugin::Plugin;

  static void handlers(stoa::Handlers<Crowd>& on) { on("message", &Crowd::message); }

 private:
  void message(stoa::Message msg) { room(msg.room).emit("message", msg); }
};

STOA_PLUGIN(Crowd, "crowd", "1.0.0")
