// The client's side of a server's control socket (see ops/control_socket.h).
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace stoa::cli {

struct ControlOutcome {
  enum class End {
    kAnswered,  // with `result`
    kRefused,   // it said no, or we were not let in, or nobody is there
    kLate,      // no answer in time; the server goes on with it
    kLost,      // the connection ended before the answer came
  };
  End end = End::kRefused;
  nlohmann::ordered_json result = nlohmann::ordered_json::object();
  std::string error;  // a sentence, if it is not kAnswered
};

// Sends `request` to the server that listens at `socket`, and waits for its answer; `on_progress`
// gets what it says meanwhile. `timeout` is for all of it; 0 waits for the answer for ever, and 10
// seconds to be let in.
[[nodiscard]] ControlOutcome ask_server(const std::filesystem::path& socket,
                                        const nlohmann::ordered_json& request,
                                        std::chrono::seconds timeout,
                                        const std::function<void(std::string_view)>& on_progress);

}  // namespace stoa::cli
