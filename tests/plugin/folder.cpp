#include "folder.h"

#include <stdlib.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace stoa::plugin {

namespace fs = std::filesystem;

fs::path fixtures() {
  return STOA_FIXTURES;
}

Folder::Folder() {
  std::string pattern = (fs::temp_directory_path() / "stoa-test-XXXXXX").string();
  if (!::mkdtemp(pattern.data())) throw std::runtime_error("cannot make " + pattern);
  path_ = pattern;
}

Folder::~Folder() {
  fs::remove_all(path_);
}

fs::path Folder::install(std::string_view name, std::string_view file) const {
  const fs::path incoming = path_ / "incoming";
  fs::copy_file(fixtures() / (std::string(name) + ".so"), incoming);
  fs::rename(incoming, path_ / file);
  return path_ / file;
}

fs::path Folder::write(std::string_view file, std::string_view bytes) const {
  std::ofstream(path_ / file, std::ios::binary) << bytes;
  return path_ / file;
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace stoa::plugin
