#include "cli/stop_signals.h"

#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace stoa::cli {

StopSignals::StopSignals() {
  sigset_t stops;
  sigemptyset(&stops);
  sigaddset(&stops, SIGINT);
  sigaddset(&stops, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stops, &before_);
  descriptor_ = signalfd(-1, &stops, SFD_CLOEXEC | SFD_NONBLOCK);
  struct sigaction ignore = {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, &pipe_before_);
}

StopSignals::~StopSignals() {
  release();
  sigaction(SIGPIPE, &pipe_before_, nullptr);
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
