// The real server, started for one test.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "process.h"
#include "temporary_folder.h"

namespace stoa::kit {

// The text of a manifest that listens on an ephemeral port of 127.0.0.1 and finds the plugins of
// this build.
struct Manifest {
  uint32_t workers = 1;
  std::string server;             // more lines of [server]
  std::string rest;               // everything after [plugins]: namespaces, static folders
  std::filesystem::path plugins;  // empty: the shipped ones

  [[nodiscard]] std::string text() const;
};

// The folders of the plugins that this build made: those we ship, and those of tests/fixtures.
[[nodiscard]] std::filesystem::path shipped_plugins();
[[nodiscard]] std::filesystem::path fixture_plugins();
// The program under test: this build's.
[[nodiscard]] std::filesystem::path stoa_binary();

// Do plugins run in processes of their own where no manifest says otherwise? It is so if
// STOA_PLUGINS_RUN says it, which the servers of these tests see as well.
[[nodiscard]] bool in_processes();

// Runs `stoa serve` on a manifest in a temporary folder until the test lets go of it. Then it is
// asked to end (SIGTERM), and the test fails if it does not, if its exit status is not 0, or if a
// sanitizer complained.
class Server {
 public:
  // Waits until the server listens. Throws, with its log, if it does not.
  explicit Server(const Manifest& manifest, const Process::Variables& variables = {});
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] const std::string& url() const { return url_; }  // ws://127.0.0.1:41233/
  [[nodiscard]] uint16_t port() const { return port_; }
  [[nodiscard]] pid_t pid() const { return process_->pid(); }
  [[nodiscard]] std::string log() const { return process_->log(); }
  [[nodiscard]] Process& process() { return *process_; }
  [[nodiscard]] const TemporaryFolder& folder() const { return folder_; }

  void signal(int number) const { process_->signal(number); }
  // As Process::wait_exit(). Whoever asks judges the status: the destructor does not any more.
  std::optional<int> wait_exit(std::chrono::milliseconds timeout = kPatience);
  // The test makes a plugin's process do what a sanitizer complains about, in this log.
  void expect_complaints() { expects_complaints_ = true; }

 private:
  void check_exit(std::optional<int> status) const;
  void check_log() const;

  TemporaryFolder folder_;
  std::unique_ptr<Process> process_;
  std::string url_;
  uint16_t port_ = 0;
  bool expects_complaints_ = false;
  bool judged_ = false;  // the test looked at the exit status itself
};

}  // namespace stoa::kit
