// How the servers want to be spoken to: the same conversation in three dialects.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stoa::bench {

enum class Dialect {
  kNeffos,    // Stoa and Go neffos
  kPlain,     // a server that looks at no message: it is sent the bytes neffos would be sent
  kSocketIo,  // Socket.IO, that is Engine.IO version 4, on a WebSocket
};

// One exchange before the measurement: what to say (nothing if empty), and how the answer begins
// (none is awaited if empty).
struct Step {
  std::string say;
  std::string hear;
};

// The text around a body.
struct Envelope {
  std::string before;
  std::string after;

  [[nodiscard]] std::string around(std::string_view body) const {
    return before + std::string(body) + after;
  }
};

// The target of the upgrade request.
[[nodiscard]] std::string request_target(Dialect dialect);

// From the upgrade until the connection is a member of `ns` and of `rooms`.
[[nodiscard]] std::vector<Step> opening(Dialect dialect, const std::string& ns,
                                        const std::vector<std::string>& rooms);

// An event, which a server that replies or broadcasts sends back in the very same form.
[[nodiscard]] Envelope event(Dialect dialect, const std::string& ns, const std::string& room,
                             const std::string& name);

// A question with the number `token` (of a fixed width), and its answer.
[[nodiscard]] Envelope question(Dialect dialect, const std::string& ns, const std::string& name,
                                const std::string& token);
[[nodiscard]] Envelope answer(Dialect dialect, const std::string& ns, const std::string& name,
                              const std::string& token);

// What to say at once to a text message that asks for a sign of life, or nothing.
[[nodiscard]] std::string_view sign_of_life(Dialect dialect, std::string_view message);

}  // namespace stoa::bench
