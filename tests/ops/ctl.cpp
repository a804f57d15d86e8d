#include "ctl.h"

#include "kit/server.h"

namespace stoa::ops {

void Ctl::serve(const Json& result, mode_t mode) {
  serve(
      [this, result](const Json& asked, const Progress&) {
        const report::MutexLock lock(mutex_);
        request_ = asked;
        request_.erase("by");
        return result;
      },
      mode);
}

void Ctl::serve(Handler handler, mode_t mode) {
  control_.reset();
  control_ = std::make_unique<ControlSocket>(path(), mode, std::move(handler), log);
}

Ctl::Arguments Ctl::ctl(const Arguments& arguments) const {
  Arguments command = {kit::stoa_binary().string(), "ctl", "--socket", path().string()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

Json Ctl::request() const {
  const report::MutexLock lock(mutex_);
  return request_;
}

int Ctl::run(const Arguments& command, const kit::Process::Variables& variables) {
  kit::Process process(command, variables);
  const int status = process.wait_exit().value_or(-1);
  output = process.output();
  errors = process.log();
  return status;
}

}  // namespace stoa::ops
