// libFuzzer's entry to one of the targets.
#include <cstddef>
#include <cstdint>

#include "targets.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size);

int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  stoa::fuzz::FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
  return 0;
}
