// The folders that are served over plain HTTP.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "manifest/manifest.h"

namespace stoa::net {

struct StaticFile {
  std::filesystem::path path;
  std::string_view mime;
  std::uintmax_t size = 0;
};

// Immutable: any thread may ask.
class StaticFiles {
 public:
  explicit StaticFiles(std::vector<manifest::StaticFolder> folders);

  // The regular file that a URL's decoded path means; a path that ends in "/" means its index.html.
  // Nothing if there is none, or if it would lie outside its folder, symbolic links included.
  [[nodiscard]] std::optional<StaticFile> find(std::string_view url_path) const;

 private:
  std::vector<manifest::StaticFolder> folders_;  // the longest URL first
};

}  // namespace stoa::net
