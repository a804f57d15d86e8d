// The door to the system's loader: the one place that knows Boost.DLL.
#pragma once

#include <filesystem>
#include <memory>

#include "stoa/plugin.h"

namespace stoa::plugin {

// An opened library. Its symbols are resolved at once and are seen by nobody else. It stays mapped
// when this object goes, unless STOA_LEAK_TEST is set in the environment: a thread_local destructor
// may still point into it.
class SharedObject {
 public:
  // Runs the library's constructors. Throws std::runtime_error with the loader's own words.
  explicit SharedObject(const std::filesystem::path& file);
  ~SharedObject();

  // Calls stoa_plugin_entry() with this host's version; null if the library has none that fits.
  // Throws std::runtime_error if there is no such symbol.
  [[nodiscard]] const stoa_plugin_descriptor* descriptor() const;

 private:
  struct Opened;
  std::unique_ptr<Opened> opened_;
};

}  // namespace stoa::plugin
