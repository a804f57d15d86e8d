// What is wrong with a plugin.
#pragma once

#include <string>

namespace stoa::plugin {

// Neither text begins with a capital or ends with a full stop: they are put together to sentences.
struct Complaint {
  std::string problem;  // what was found, and what is wanted
  std::string remedy;   // what its author or the operator can do about it
};

}  // namespace stoa::plugin
