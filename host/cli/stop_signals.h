// SIGINT and SIGTERM as something to wait for.
#pragma once

#include <csignal>

namespace stoa::cli {

// From its making on, the two signals are blocked on this thread and the threads it starts, and
// wait here; SIGPIPE is ignored. Release, or the end of its life, gives them back.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  // Becomes readable when one of them came.
  [[nodiscard]] int descriptor() const { return descriptor_; }
  // Between these two they have their default effect, if they come to this thread.
  void let_through();
  void hold();
  // Takes the signal that came; the next one has its default effect.
  void release();

 private:
  int descriptor_ = -1;
  sigset_t before_;
  struct sigaction pipe_before_;
};

}  // namespace stoa::cli
