// A plugin's instance: what serves one namespace.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "plugin/library.h"
#include "report/mutex.h"
#include "stoa/plugin.h"

namespace stoa::plugin {

// Owned by its namespace. handle() may be called from any loop thread; calls are serialised by a
// lock unless the plugin declared STOA_PLUGIN_CONCURRENT.
class Instance {
 public:
  // Creates the plugin's instance for namespace `ns` with `config_json`, in this process, where its
  // library is opened for that. `host` must outlive this.
  // Without `serialise` nothing is locked: for a server with a single loop thread. `version` is
  // the name by which the manifest tells it from others, of the same library maybe, and `number`
  // tells it from all other instances of this process.
  // Throws report::StartupError: with the plugin's own sentence if it refuses.
  Instance(std::shared_ptr<const Library> library, std::string ns, std::string_view config_json,
           const stoa_host& host, bool serialise = true, std::string version = {},
           uint64_t number = 0);
  // REQUIRES: handle() is not running and is not called any more.
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  // One event. Returns what the plugin returned. An exception that a plugin lets escape is a bug of
  // the plugin and ends the process, with a line that names it if name_culprit_on_crash() was
  // called: the C++ layer of the SDK catches everything.
  [[nodiscard]] int32_t handle(const stoa_event& event) noexcept {
    return handle_if([] { return true; }, event);
  }
  // The same, if `still()` says so when its turn has come: nothing else of a plugin that is not
  // concurrent runs in between. Else returns STOA_OK.
  template <class Still>
  [[nodiscard]] int32_t handle_if(Still still, const stoa_event& event) noexcept {
    if (!locks_) return still() ? call(event) : STOA_OK;
    const report::MutexLock lock(one_at_a_time_);
    return still() ? call(event) : STOA_OK;
  }

  [[nodiscard]] const stoa_plugin_descriptor& descriptor() const { return descriptor_; }
  [[nodiscard]] const Library& library() const { return *library_; }
  [[nodiscard]] const std::string& ns() const { return ns_; }
  [[nodiscard]] const std::string& version() const { return version_; }
  [[nodiscard]] uint64_t number() const { return number_; }

 private:
  int32_t call(const stoa_event& event) noexcept;
  void create(std::string_view config_json, const stoa_host& host);

  std::shared_ptr<const Library> library_;
  const stoa_plugin_descriptor& descriptor_;  // the library's
  std::string ns_;
  std::string version_;
  uint64_t number_;
  report::Mutex one_at_a_time_;  // guards the plugin's code, not a member
  const bool locks_;
  void* self_ = nullptr;
};

}  // namespace stoa::plugin
