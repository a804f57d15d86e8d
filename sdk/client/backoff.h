// How long to wait before the next try.
#pragma once

#include <chrono>
#include <cstdint>
#include <random>

#include "stoa/client.hpp"

namespace stoa::client {

class Backoff {
 public:
  Backoff(const Reconnect& policy, uint64_t seed) : policy_(policy), random_(seed) {}

  // The wait before try number `n`, counted from 1.
  std::chrono::milliseconds before_try(uint32_t n);

 private:
  Reconnect policy_;
  std::mt19937_64 random_;
};

}  // namespace stoa::client
