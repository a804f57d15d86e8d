#include "net/static_files.h"

#include <algorithm>
#include <array>
#include <utility>

namespace stoa::net {
namespace {

namespace fs = std::filesystem;

std::string_view mime_of(const fs::path& file) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 13> kTypes{{
      {".css", "text/css; charset=utf-8"},
      {".gif", "image/gif"},
      {".html", "text/html; charset=utf-8"},
      {".ico", "image/x-icon"},
      {".jpg", "image/jpeg"},
      {".js", "text/javascript; charset=utf-8"},
      {".json", "application/json"},
      {".map", "application/json"},
      {".mjs", "text/javascript; charset=utf-8"},
      {".png", "image/png"},
      {".svg", "image/svg+xml"},
      {".txt", "text/plain; charset=utf-8"},
      {".woff2", "font/woff2"},
  }};
  const std::string extension = file.extension().string();
  for (const auto& [known, type] : kTypes) {
    if (extension == known) return type;
  }
  return "application/octet-stream";
}

bool is_beneath(const fs::path& file, const fs::path& folder) {
  const auto [in_folder, in_file] =
      std::mismatch(folder.begin(), folder.end(), file.begin(), file.end());
  return in_folder == folder.end();
}

}  // namespace

StaticFiles::StaticFiles(std::vector<manifest::StaticFolder> folders)
    : folders_(std::move(folders)) {
  std::stable_sort(folders_.begin(), folders_.end(),
                   [](const auto& a, const auto& b) { return a.url.size() > b.url.size(); });
}

std::optional<StaticFile> StaticFiles::find(std::string_view url_path) const {
  const auto folder = std::find_if(folders_.begin(), folders_.end(),
                                   [&](const auto& it) { return url_path.starts_with(it.url); });
  if (folder == folders_.end() || url_path.find('\0') != std::string_view::npos)
    return std::nullopt;
  std::string relative(url_path.substr(folder->url.size()));
  if (relative.empty() || relative.back() == '/') relative += "index.html";

  std::error_code error;
  const fs::path root = fs::canonical(folder->folder, error);
  if (error) return std::nullopt;
  const fs::path file = fs::canonical(root / fs::path(relative).relative_path(), error);
  if (error || !is_beneath(file, root) || !fs::is_regular_file(file, error)) return std::nullopt;
  const std::uintmax_t size = fs::file_size(file, error);
  if (error) return std::nullopt;
  return StaticFile{file, mime_of(file), size};
}

}  // namespace stoa::net
