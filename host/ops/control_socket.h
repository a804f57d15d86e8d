// Where a running server takes commands: the server's side of `stoa ctl`.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <list>
#include <nlohmann/json_fwd.hpp>
#include <string_view>
#include <thread>

#include "ops/control_connection.h"
#include "ops/control_listener.h"
#include "ops/refusal.h"
#include "plugin/file_descriptor.h"
#include "report/log.h"

namespace stoa::ops {

// Says to the client how far its request is. Never waits for it, and drops what a slow one does not
// read. By one thread at a time, and only until the handler returns.
using Progress = std::function<void(std::string_view text)>;

// Does a request, and returns its result. `request` is an object whose members are the client's,
// but for "by", which the ControlSocket sets: the user who asks. What it throws is the answer:
// Refusal as it is; anything else is logged as well. Called on a thread of the request's own, for
// several requests at a time.
using Handler =
    std::function<nlohmann::json(const nlohmann::json& request, const Progress& progress)>;

// One request a connection: the client sends a JSON object on one line, and gets any number of
// lines {"progress": "text"} and then one last line {"ok": true, "result": ...} or {"ok": false,
// "error": "one finished sentence"}. A client that leaves does not end its request.
//
// Owned by main. Who may connect is who may write the file.
class ControlSocket {
 public:
  // Listens from now on: see ControlListener for the file, and for what throws
  // report::StartupError.
  ControlSocket(std::filesystem::path path, mode_t mode, Handler handler, report::Log& log,
                ControlLimits limits = {});
  ~ControlSocket() { stop(); }
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;

  // Takes no more requests and removes the file; then waits for the requests that run, which their
  // handler ends, and for their answers. From any thread but a request's; one at a time.
  void stop();

 private:
  struct Request {
    Request(plugin::FileDescriptor socket, const ControlLimits& limits)
        : connection(std::move(socket), limits) {}

    ControlConnection connection;
    std::atomic<bool> over = false;  // the thread is at its end
    std::thread thread;
  };

  void run();
  // False if there is none to accept because the system is short of something.
  bool accept();
  void begin(plugin::FileDescriptor client);
  // These two on the request's thread.
  void serve(Request& request) noexcept;
  [[nodiscard]] nlohmann::json answer(ControlConnection& connection, std::string_view line);

  const Handler handler_;
  report::Log& log_;
  const ControlLimits limits_;
  ControlListener listener_;
  plugin::FileDescriptor stop_;  // can be read once stop() was called
  std::list<Request> requests_;  // run()'s thread, and stop() when that has ended
  std::thread thread_;
};

}  // namespace stoa::ops
