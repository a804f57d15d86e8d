#include "judgement.h"

#include <signal.h>

#include <cstdio>

namespace stoa::load {

bool judge(bool good, const std::string& what) {
  std::printf("%s  %s\n", good ? "ok  " : "BAD ", what.c_str());
  return good;
}

bool judge_end(kit::Server& server, bool good) {
  server.signal(SIGTERM);
  good &= judge(server.wait_exit() == 0, "the server ends as it should");
  if (!good) std::printf("its log:\n%s\n", server.log().c_str());
  return good;
}

}  // namespace stoa::load
