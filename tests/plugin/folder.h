// A folder for one test.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace stoa::plugin {

// The plugins that tests/fixtures/loading builds.
[[nodiscard]] std::filesystem::path fixtures();

// Made empty, and removed with all that is in it.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  // Puts a copy of fixture `name` into the folder as `file`, replacing one that is there by
  // renaming, as installers do. Returns its path.
  std::filesystem::path install(std::string_view name, std::string_view file) const;

  // Writes a file. Returns its path.
  std::filesystem::path write(std::string_view file, std::string_view bytes) const;

 private:
  std::filesystem::path path_;
};

[[nodiscard]] std::string read_file(const std::filesystem::path& path);

}  // namespace stoa::plugin
