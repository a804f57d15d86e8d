// A plugin library: checked, copied, loaded and never unloaded.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "plugin/probe.h"
#include "stoa/plugin.h"

namespace stoa::plugin {

// The shared object behind one or more instances. Shared by them, and stays mapped for the life of
// the process also when the last is gone (a live thread_local destructor may still point into it).
// Immutable after load(): any thread may read it.
class Library {
 public:
  // Loads the plugin `file` (with or without ".so") of `directory`. The path must stay beneath the
  // directory, symbolic links included; it must be a regular file, owned by root or this user, and
  // writable by nobody else. A copy under a name made of plugin, version and SHA-256, in a private
  // directory, is first tried in a child process for at most `deadline` (loading runs
  // constructors), then loaded; the file itself never is. If `sha256` is not empty, no other file
  // than the one with these 64 digits, in lower case, is run at all. While other threads run,
  // `child` must be kProgram. Throws report::StartupError with one sentence: what, where, what to
  // do.
  static std::shared_ptr<const Library> load(const std::filesystem::path& directory,
                                             std::string_view file,
                                             std::chrono::milliseconds deadline = kProbeDeadline,
                                             std::string_view sha256 = {}, ChildWay child = {});

  // Loads a file that load() copied in another process, without looking at it again: for a child
  // that tries it out. Throws std::runtime_error.
  static std::shared_ptr<const Library> of_copy(const std::filesystem::path& copy);

  [[nodiscard]] const stoa_plugin_descriptor& descriptor() const { return descriptor_; }
  [[nodiscard]] const std::filesystem::path& source() const { return source_; }
  [[nodiscard]] const std::string& sha256() const { return sha256_; }
  // Of its file; what is mapped is about as much.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  // Where this user's processes find its copy, as long as this object lives: under its own name,
  // or, once somebody cleared that away, as a file that this process has open.
  [[nodiscard]] std::filesystem::path copy() const;

  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  ~Library();

 private:
  Library() = default;

  struct Handle;
  std::unique_ptr<Handle> handle_;
  stoa_plugin_descriptor descriptor_{};  // a copy, zero beyond what the plugin's struct_size covers
  std::filesystem::path source_;
  std::string sha256_;
  std::size_t bytes_ = 0;
};

}  // namespace stoa::plugin
