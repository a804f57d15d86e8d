// A plugin's instance: what serves one namespace.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "plugin/crash.h"
#include "plugin/library.h"
#include "report/mutex.h"
#include "stoa/plugin.h"

namespace stoa::plugin {

// Owned by its namespace. handle() may be called from any loop thread; calls are serialised by a
// lock unless the plugin declared STOA_PLUGIN_CONCURRENT.
class Instance {
 public:
  // Creates the plugin's instance for namespace `ns` with `config_json`. `host` must outlive this.
  // Without `serialise` nothing is locked: for a server with a single loop thread. `version` is
  // the name by which the manifest tells it from others, of the same library maybe.
  // Throws report::StartupError with the plugin's own sentence if it refuses.
  Instance(std::shared_ptr<const Library> library, std::string ns, std::string_view config_json,
           const stoa_host& host, bool serialise = true, std::string version = {});
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

  [[nodiscard]] bool handles(uint32_t kind) const noexcept {
    return (descriptor().handles & STOA_HANDLES(kind)) != 0;
  }
  [[nodiscard]] bool handles_any() const noexcept {
    return (descriptor().handles & STOA_HANDLES_ANY) != 0;
  }
  // True if native frames are all it handles, besides opening and closing.
  [[nodiscard]] bool native_only() const noexcept;
  // The position of an event's name in the descriptor, or STOA_INDEX_ANY.
  [[nodiscard]] uint32_t event_index(std::string_view name) const noexcept;

  [[nodiscard]] const stoa_plugin_descriptor& descriptor() const { return library_->descriptor(); }
  [[nodiscard]] const Library& library() const { return *library_; }
  [[nodiscard]] const std::string& ns() const { return ns_; }
  [[nodiscard]] const std::string& version() const { return version_; }

 private:
  // Cheap, and good enough for a table whose names the plugin chose.
  struct Hash {
    std::size_t operator()(std::string_view name) const noexcept {
      if (name.empty()) return 0;
      const auto first = static_cast<unsigned char>(name.front());
      const auto last = static_cast<unsigned char>(name.back());
      return name.size() + (std::size_t{first} << 5) + (std::size_t{last} << 11);
    }
  };

  int32_t call(const stoa_event& event) noexcept;
  void create(std::string_view config_json, const stoa_host& host);

  std::shared_ptr<const Library> library_;
  std::string ns_;
  std::string version_;
  std::unordered_map<std::string_view, uint32_t, Hash> events_;  // empty if they are few
  report::Mutex one_at_a_time_;  // guards the plugin's code, not a member
  const bool locks_;
  void* self_ = nullptr;
};

}  // namespace stoa::plugin
