// A plugin library: checked, copied, opened where its code is to run, and never closed.
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "plugin/description.h"
#include "plugin/interests.h"
#include "plugin/probe.h"
#include "report/mutex.h"
#include "stoa/plugin.h"

namespace stoa::plugin {

// The shared object behind one or more instances. Shared by them. What it declares is known as soon
// as it was loaded; its code is mapped into this process once it was opened, which only who creates
// an instance here does: a library whose plugin runs in a process of its own never is. From then on
// it stays mapped for the life of the process also when the last instance is gone (a live
// thread_local destructor may still point into it). Any thread.
class Library {
 public:
  // Loads the plugin `file` (with or without ".so") of `directory`. The path must stay beneath the
  // directory, symbolic links included; it must be a regular file, owned by root or this user, and
  // writable by nobody else. A copy under a name made of plugin, version and SHA-256, in a private
  // directory, is tried in a child process for at most `deadline` (opening runs constructors),
  // which says what it declares. Nothing of it runs in this process. If `sha256` is not empty, no
  // other file than the one with these 64 digits, in lower case, is run at all. While other threads
  // run, `child` must be kProgram. Throws report::StartupError with one sentence: what, where, what
  // to do.
  static std::shared_ptr<const Library> load(const std::filesystem::path& directory,
                                             std::string_view file,
                                             std::chrono::milliseconds deadline = kProbeDeadline,
                                             std::string_view sha256 = {},
                                             const ChildWay& child = {});

  // Opens a file that load() copied in another process, without looking at it again: for a child
  // that tries it out, or that it runs in. Throws std::runtime_error.
  static std::shared_ptr<const Library> of_copy(const std::filesystem::path& copy);

  [[nodiscard]] const Description& description() const { return description_; }
  [[nodiscard]] const Interests& interests() const { return interests_; }
  [[nodiscard]] const std::filesystem::path& source() const { return source_; }
  [[nodiscard]] const std::string& sha256() const { return sha256_; }
  // Of its file; what is mapped is about as much.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  // Where this user's processes find its copy, as long as this object lives: under its own name,
  // or, once somebody cleared that away, as a file that this process has open.
  [[nodiscard]] std::filesystem::path copy() const;

  // Its code is to run here: maps it, unless it is, and runs its constructors. The descriptor is a
  // copy, zero beyond what the plugin's struct_size covers, and lives as long as this object.
  // Throws report::StartupError.
  const stoa_plugin_descriptor& open() const;
  [[nodiscard]] bool is_open() const noexcept { return is_open_.load(std::memory_order_acquire); }

  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  ~Library();

 private:
  Library();

  struct Kept;
  struct Opened;
  [[nodiscard]] std::unique_ptr<Opened> opened_here() const;

  std::unique_ptr<const Kept> kept_;  // null: it is of another process's copy
  Description description_;
  Interests interests_;
  std::filesystem::path source_;
  std::string sha256_;
  std::size_t bytes_ = 0;
  mutable report::Mutex opening_;
  mutable std::unique_ptr<const Opened> opened_ GUARDED_BY(opening_);  // never changes once set
  mutable std::atomic<bool> is_open_ = false;
};

}  // namespace stoa::plugin
