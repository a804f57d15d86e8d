#include "net/descriptors.h"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/resource.h>

#include <string>

#include "report/startup_error.h"

namespace stoa::net {
namespace {

constexpr rlim_t kForPlugins = 256;    // files and sockets of their own
constexpr rlim_t kForProcess = 64;     // standard streams, libraries, the log
constexpr rlim_t kForEachWorker = 16;  // its epoll, eventfd, listening sockets

}  // namespace

void reserve_descriptors(uint32_t connections, uint32_t workers) {
  const rlim_t needed = connections + kForPlugins + kForProcess + workers * kForEachWorker;
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < needed) {
    throw report::StartupError(
        "server.max_connections = " + std::to_string(connections) + " needs " +
        std::to_string(needed) + " file descriptors, but this process may have " +
        std::to_string(limit.rlim_max) +
        ": raise the hard limit (ulimit -Hn, LimitNOFILE=) or lower server.max_connections");
  }
  // Exactly that many, also if it was more: libwebsockets sizes its tables by this limit, and
  // Debian's build looks through the whole table for each new socket.
  limit.rlim_cur = needed;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int unsent_bytes(int socket) {
  int unsent = 0;
  return ioctl(socket, SIOCOUTQ, &unsent) == 0 ? unsent : -1;
}

void bound_unsent(int socket, int bytes) {
  // If it fails, the kernel's own bound holds.
  setsockopt(socket, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &bytes, sizeof(bytes));
}

}  // namespace stoa::net
