// `stoa ctl`, run as a shell runs it, with a control socket that answers what the test wants.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kit/process.h"
#include "kit/temporary_folder.h"
#include "ops/control_socket.h"
#include "report/log.h"
#include "report/mutex.h"
#include "unix_client.h"

namespace stoa::ops {

class Ctl : public testing::Test {
 protected:
  using Arguments = std::vector<std::string>;

  // A server that answers every request with `result`, and keeps the last one for request().
  void serve(const Json& result, mode_t mode = 0600);
  void serve(Handler handler, mode_t mode = 0600);
  [[nodiscard]] std::filesystem::path path() const { return folder.path() / "control.sock"; }

  // The command line that asks there.
  [[nodiscard]] Arguments ctl(const Arguments& arguments) const;
  // Runs it to its end. Returns its exit code, and leaves what it wrote in `output` and `errors`.
  int run(const Arguments& command, const kit::Process::Variables& variables = {});
  int run_ctl(const Arguments& arguments) { return run(ctl(arguments)); }
  // What it asked for last, without "by".
  [[nodiscard]] Json request() const;

  kit::TemporaryFolder folder;
  report::Log log{report::Level::kInfo};
  std::string output;
  std::string errors;

 private:
  mutable report::Mutex mutex_;
  Json request_ GUARDED_BY(mutex_);  // written on a thread of the control socket
  std::unique_ptr<ControlSocket> control_;
};

}  // namespace stoa::ops
