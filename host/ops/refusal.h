// A request that is not done.
#pragma once

#include <stdexcept>

namespace stoa::ops {

// Thrown by whoever handles a request of the control socket. Its text is one finished sentence that
// says what is wrong and what to do; it is the answer to the client.
class Refusal : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace stoa::ops
