#include "cli/stop_signals.h"

#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace stoa::cli {

namespace {

sigset_t stops() {
  sigset_t both;
  sigemptyset(&both);
  sigaddset(&both, SIGINT);
  sigaddset(&both, SIGTERM);
  return both;
}

}  // namespace

StopSignals::StopSignals() {
  const sigset_t both = stops();
  pthread_sigmask(SIG_BLOCK, &both, &before_);
  descriptor_ = signalfd(-1, &both, SFD_CLOEXEC | SFD_NONBLOCK);
  struct sigaction ignore = {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, &pipe_before_);
}

StopSignals::~StopSignals() {
  release();
  sigaction(SIGPIPE, &pipe_before_, nullptr);
}

void StopSignals::let_through() {
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void StopSignals::hold() {
  const sigset_t both = stops();
  pthread_sigmask(SIG_BLOCK, &both, nullptr);
}

void StopSignals::release() {
  if (descriptor_ < 0) return;
  signalfd_siginfo taken;
  while (read(descriptor_, &taken, sizeof taken) > 0) {
  }
  close(descriptor_);
  descriptor_ = -1;
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace stoa::cli
