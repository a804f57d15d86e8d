// The one error type of start-up and configuration.
#pragma once

#include <stdexcept>

namespace stoa::report {

// Thrown before the server serves. Its text is one finished sentence, or several lines of them,
// that says what is wrong, where, and what to do. `main` prints it and exits with 1.
class StartupError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace stoa::report
