// A server whose operator rolls out versions of the plugin pilgrim (tests/fixtures/rollout).
#pragma once

#include <future>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "session.h"

namespace stoa::behaviour {

// How a request of a client ended that waits for the server.
using Promised = std::promise<client::Outcome>;

[[nodiscard]] inline client::Completion keep(Promised& promise) {
  return [&promise](const client::Outcome& outcome) { promise.set_value(outcome); };
}

// A FIFO at which threads of a plugin wait, each for a byte.
class FifoGate {
 public:
  explicit FifoGate(const std::filesystem::path& path);
  ~FifoGate();
  FifoGate(const FifoGate&) = delete;
  FifoGate& operator=(const FifoGate&) = delete;

  // Lets so many through, those that are there or come.
  void let_through(std::size_t count = 1) const;

 private:
  int fifo_;
};

// Serves pilgrim 1.0.0 and 2.0.0 as the versions v1 and v2 of the namespace "way". Newcomers get
// v1, those with "?v=2" in their URL v2. The namespace "aside" has nothing to do with it.
class Handover : public testing::TestWithParam<uint32_t> {
 protected:
  using Words = std::vector<std::string>;

  // The server starts when it is first used; until then a test may set keys of the versions'
  // configs, in TOML, and gates that they wait at.
  std::map<std::string, std::string> config_of_v1;
  std::map<std::string, std::string> config_of_v2;
  FifoGate& gate(std::map<std::string, std::string>& config, const std::string& name);
  std::string departure = "\"move\", \"reconnect\"]";  // and more keys of the namespace
  std::string more;                                    // of the manifest

  kit::Server& server();
  [[nodiscard]] std::string manifest_text() const { return manifest().text(); }
  void write_manifest(const std::string& text) { server().folder().write("stoa.toml", text); }

  // `stoa ctl` with these words, run to its end, which must be good; returns what it prints.
  std::string ctl(const Words& words);
  // The same, begun only; see through() is its good end.
  std::unique_ptr<kit::Process> begin(const Words& words);
  static void see_through(kit::Process& step);

  // Has v2 stand at `stand`, rolls back to v1 meanwhile, and lets it go on. Returns what the
  // rollback prints, which is taken all the same.
  std::string roll_back_past(const FifoGate& stand, kit::Place& way);

  // A client that knows both namespaces.
  std::unique_ptr<kit::Client> client(const std::string& query = {});

  // Waits for a line of the server's log; the test fails if it does not come.
  void wait_for_log(const std::string& text);
  // How often pilgrim noted this so far: "2 imported <id>".
  [[nodiscard]] std::size_t count_of(const std::string& note);

 private:
  [[nodiscard]] kit::Manifest manifest() const;
  [[nodiscard]] Words command(const Words& words);

  kit::TemporaryFolder gates_folder_;
  std::vector<std::unique_ptr<FifoGate>> gates_;
  std::unique_ptr<kit::Server> server_;
  std::unique_ptr<kit::Client> fence_;
  int fences_ = 0;
};

}  // namespace stoa::behaviour
