#include "plugin/libraries.h"

#include "plugin/inspection.h"
#include "plugin/paths.h"
#include "report/startup_error.h"

namespace stoa::plugin {

std::string Libraries::digest(const std::filesystem::path& directory, std::string_view file) {
  const std::filesystem::path name = library_name(file);
  const FileDescriptor opened = open_beneath(directory, name);
  Inspection found;
  found.source = directory / name;
  found.complaints = ownership_complaints(opened);
  if (!found.complaints.empty()) throw report::StartupError(sentence(found));
  return digests_.of(opened, found.source);
}

std::shared_ptr<const Library> Libraries::find(const std::string& sha256) {
  const report::MutexLock lock(mutex_);
  const auto at = by_sha256_.find(sha256);
  return at == by_sha256_.end() ? nullptr : at->second;
}

std::shared_ptr<const Library> Libraries::load(const std::filesystem::path& directory,
                                               std::string_view file, std::string_view sha256,
                                               const ChildWay& child) {
  const std::string present = digest(directory, file);
  auto known = find(present);
  if (known && (sha256.empty() || sha256 == present)) return known;
  auto loaded = Library::load(directory, file, kProbeDeadline, sha256, child);
  const report::MutexLock lock(mutex_);
  return by_sha256_.emplace(loaded->sha256(), loaded).first->second;
}

Sighting Libraries::look(const std::filesystem::path& directory, std::string_view file,
                         std::string_view sha256, const ChildWay& child) {
  const std::filesystem::path name = library_name(file);
  const std::string present = digest(directory, file);
  const auto known = find(present);
  if (known && (sha256.empty() || sha256 == present)) {
    return {known->description().name, known->description().version, present};
  }
  const Inspection found =
      inspect(open_beneath(directory, name), directory / name, kProbeDeadline, sha256, child);
  if (!found.complaints.empty()) throw report::StartupError(sentence(found));
  return {found.description->name, found.description->version, found.sha256};
}

std::vector<std::shared_ptr<const Library>> Libraries::all() {
  const report::MutexLock lock(mutex_);
  std::vector<std::shared_ptr<const Library>> found;
  found.reserve(by_sha256_.size());
  for (const auto& [sha256, library] : by_sha256_) found.push_back(library);
  return found;
}

}  // namespace stoa::plugin
