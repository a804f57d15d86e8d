// The server: its listening sockets and its workers.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "manifest/manifest.h"
#include "net/static_files.h"
#include "routing/router.h"

namespace stoa::net {

struct Crew;
class Worker;

// Owned by whoever serves; the router and the manifest must outlive it.
class Server {
 public:
  // Binds every address for every worker. Throws report::StartupError.
  Server(const manifest::Manifest& manifest, routing::Router& router);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // One URL for each listening address, with the port that the system chose where it was 0.
  [[nodiscard]] const std::vector<std::string>& urls() const noexcept { return urls_; }

  void start();
  // Any thread; wait() returns when it is done. See Worker::drain.
  void drain(std::chrono::milliseconds grace);
  void stop();
  void wait();

  // How long a drain takes at most, if nothing hangs.
  [[nodiscard]] static std::chrono::milliseconds drain_time(std::chrono::milliseconds grace);

  // How many workers a manifest asks for: its number, or one per core.
  [[nodiscard]] static uint8_t worker_count(const manifest::Server& settings);

 private:
  StaticFiles files_;
  const std::unique_ptr<Crew> crew_;
  std::vector<std::string> urls_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace stoa::net
