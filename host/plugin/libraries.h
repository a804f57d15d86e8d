// Every plugin library that this process knows.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "plugin/digests.h"
#include "plugin/library.h"
#include "report/mutex.h"

namespace stoa::plugin {

// What is known of a plugin's file without loading it here.
struct Sighting {
  std::string name;
  std::string version;
  std::string sha256;
};

// By their contents: a file that was loaded before, under whatever name, is not loaded again. None
// is ever let go, as one that was opened stays mapped either way. Any thread.
class Libraries {
 public:
  // As Library::load(), unless the same bytes are here already.
  std::shared_ptr<const Library> load(const std::filesystem::path& directory, std::string_view file,
                                      std::string_view sha256, const ChildWay& child);
  // What the file is at this moment. Throws as load().
  [[nodiscard]] Sighting look(const std::filesystem::path& directory, std::string_view file,
                              std::string_view sha256, const ChildWay& child);

  // The digest of a file that may be loaded; what else is wrong with it is found when it is. Throws
  // report::StartupError.
  [[nodiscard]] std::string digest(const std::filesystem::path& directory, std::string_view file);

  // The one with this digest; null if it was not loaded.
  [[nodiscard]] std::shared_ptr<const Library> find(const std::string& sha256);
  [[nodiscard]] std::vector<std::shared_ptr<const Library>> all();

 private:
  Digests digests_;
  report::Mutex mutex_;
  std::map<std::string, std::shared_ptr<const Library>> by_sha256_ GUARDED_BY(mutex_);
};

}  // namespace stoa::plugin
