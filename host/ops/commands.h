// What the control socket is asked for, and what the rollouts make of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "ops/control_socket.h"
#include "rollout/rollouts.h"
#include "routing/watchdog.h"

namespace stoa::ops {

// What of the server is known elsewhere.
struct ServerFacts {
  std::string version;  // of the program
  std::chrono::steady_clock::time_point started;
};

// The handler of a control socket: "status", "plan", "reload", "weight", "promote", "rollback",
// "retire", "pause", "resume" and "history", each with the members that `stoa ctl` sends. A request
// that is malformed, and a step that is refused, are a Refusal. What it borrows must outlive it.
[[nodiscard]] Handler commands(rollout::Rollouts& rollouts, routing::Router& router,
                               routing::Watchdog& watchdog, ServerFacts server);

}  // namespace stoa::ops
