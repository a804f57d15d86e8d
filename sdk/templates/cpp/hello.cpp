// Greets by name: the event "hello" with the body "Ada" is answered with "Hello, Ada!".
#include <stoa/plugin.hpp>
#include <string>

struct Hello : stoa::Plugin {
  using Plugin::Plugin;

  static void handlers(stoa::Handlers<Hello>& on) {
    on("hello", [](stoa::Message msg) -> stoa::Result {
      if (msg.body.size() > 64) return stoa::error("your name is too long");
      return stoa::reply("Hello, " + std::string(msg.body) + "!");
    });
  }
};

STOA_PLUGIN(Hello, "hello_cpp", "1.0.0")
