#include "control.h"

#include <stdexcept>

namespace stoa::ops {

void Gate::pass() {
  const report::MutexLock lock(mutex_);
  ++came_;
  changed_.notify_all();
  changed_.wait(mutex_, [&]() REQUIRES(mutex_) { return open_; });
  ++passed_;
}

void Gate::open() {
  const report::MutexLock lock(mutex_);
  open_ = true;
  changed_.notify_all();
}

bool Gate::wait_for(int count) {
  const report::MutexLock lock(mutex_);
  return changed_.wait_for(mutex_, kPatience, [&]() REQUIRES(mutex_) { return came_ >= count; });
}

int Gate::passed() {
  const report::MutexLock lock(mutex_);
  return passed_;
}

void Control::start(const ControlLimits& limits, mode_t mode) {
  const auto handler = [this](const Json& request, const Progress& progress) {
    return handle(request, progress);
  };
  control = std::make_unique<ControlSocket>(path(), mode, handler, log, limits);
}

UnixClient Control::asking(const std::string& line) const {
  UnixClient asking = client();
  EXPECT_TRUE(asking.send(line + "\n"));
  return asking;
}

Json Control::handle(const Json& request, const Progress& progress) {
  const std::string command = request.value("command", "");
  if (command == "refuse") throw Refusal("there is no version v9: see stoa ctl status");
  if (command == "fail") throw std::runtime_error("the disk is full");
  if (command == "big") return {{"text", std::string(request.at("bytes"), 'x')}};
  if (command == "count") {
    for (int i = 0; i <= request.at("to"); ++i) progress(std::to_string(i));
  }
  if (command == "wait") progress("waiting");
  if (command == "wait" || command == "count") gate.pass();
  return request;
}

}  // namespace stoa::ops
