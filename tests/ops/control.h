// A control socket with a handler of the test's behind it.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "kit/temporary_folder.h"
#include "ops/control_socket.h"
#include "report/log.h"
#include "report/mutex.h"
#include "unix_client.h"

namespace stoa::ops {

// Where requests wait until the test lets them go on.
class Gate {
 public:
  // On a request's thread: waits.
  void pass();
  void open();
  // Waits until `count` requests came to it; false if they do not come.
  [[nodiscard]] bool wait_for(int count);
  // How many passed.
  [[nodiscard]] int passed();

 private:
  report::Mutex mutex_;
  report::CondVar changed_;
  int came_ GUARDED_BY(mutex_) = 0;
  int passed_ GUARDED_BY(mutex_) = 0;
  bool open_ GUARDED_BY(mutex_) = false;
};

// Its handler knows the commands
//   echo             answers with the request
//   wait             says "waiting", and waits at the gate
//   count            says the numbers from 0 to "to", then waits at the gate
//   big              answers with "bytes" bytes
//   refuse, fail     throw a Refusal, and something else
class Control : public testing::Test {
 protected:
  ~Control() override { gate.open(); }

  // Listens at path(); once a test.
  void start(const ControlLimits& limits = {}, mode_t mode = 0600);
  [[nodiscard]] std::filesystem::path path() const { return folder.path() / "control.sock"; }
  UnixClient client() const { return UnixClient(path()); }
  // A client that sent this line.
  [[nodiscard]] UnixClient asking(const std::string& line) const;
  // Its answer.
  [[nodiscard]] Json ask(const std::string& line) const { return asking(line).answer(); }

  kit::TemporaryFolder folder;
  report::Log log{report::Level::kInfo};
  Gate gate;
  std::unique_ptr<ControlSocket> control;

 private:
  Json handle(const Json& request, const Progress& progress);
};

}  // namespace stoa::ops
