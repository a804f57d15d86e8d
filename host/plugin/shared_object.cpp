#include "plugin/shared_object.h"

#define BOOST_DLL_USE_STD_FS
#include <dlfcn.h>
#include <stdlib.h>

#include <boost/dll/shared_library.hpp>
#include <exception>
#include <stdexcept>
#include <system_error>

namespace stoa::plugin {

namespace {

// Not RTLD_DEEPBIND: it gives a library an allocator of its own, and sanitizers refuse it.
boost::dll::load_mode::type load_mode() {
  auto mode = boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local;
  if (!::getenv("STOA_LEAK_TEST")) mode |= static_cast<boost::dll::load_mode::type>(RTLD_NODELETE);
  return mode;
}

}  // namespace

struct SharedObject::Opened {
  boost::dll::shared_library library;
};

SharedObject::SharedObject(const std::filesystem::path& file)
    : opened_(std::make_unique<Opened>()) {
  std::error_code failed;
  try {
    opened_->library.load(file, failed, load_mode());
  } catch (...) {
    // From a static constructor: it unwound the loader and left it half-way. Ends the process (a
    // child, when probing) with the exception's type and text, as it would have where the compiler
    // let no exception pass.
    std::terminate();
  }
  if (failed) {
    const char* why = ::dlerror();
    throw std::runtime_error(why ? why : failed.message());
  }
}

SharedObject::~SharedObject() = default;

const stoa_plugin_descriptor* SharedObject::descriptor() const {
  constexpr const char* kEntry = "stoa_plugin_entry";
  if (!opened_->library.has(kEntry)) throw std::runtime_error("no symbol stoa_plugin_entry");
  const auto& entry =
      opened_->library.get<const stoa_plugin_descriptor*(uint32_t, uint32_t)>(kEntry);
  return entry(STOA_ABI_MAJOR, STOA_ABI_MINOR);
}

}  // namespace stoa::plugin
