#include "judgement.h"

#include <cstdio>

namespace stoa::load {

bool judge(bool good, const std::string& what) {
  std::printf("%s  %s\n", good ? "ok  " : "BAD ", what.c_str());
  return good;
}

}  // namespace stoa::load
