// A step that is not taken.
#pragma once

#include <stdexcept>
#include <string>

namespace stoa::rollout {

// Nothing has changed. The text is one finished sentence, or several lines, for the operator.
class Refused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace stoa::rollout
