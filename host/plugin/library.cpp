#include "plugin/library.h"

#include <unistd.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include "plugin/code_map.h"
#include "plugin/contents.h"
#include "plugin/descriptor.h"
#include "plugin/inspection.h"
#include "plugin/paths.h"
#include "plugin/shared_object.h"
#include "report/startup_error.h"

namespace stoa::plugin {

namespace {

// "chat-1.4.0-<sha256>.so": what a debugger or /proc/PID/maps shows.
std::string copy_name(const Inspection& found) {
  std::string name = found.description->name + "-" + found.description->version + "-";
  std::ranges::replace(name, '/', '_');
  return name + found.sha256 + ".so";
}

PrivateCopy take_copy(Inspection& found) {
  PrivateCopy copy = std::move(*found.copy);
  copy.rename(copy_name(found));
  const std::string written = read_contents(open_anywhere(copy.path()), copy.path());
  if (sha256_hex(written) != found.sha256) {
    throw report::StartupError("plugin \"" + found.source.string() + "\": its copy \"" +
                               copy.path().string() +
                               "\" came out different; is the disk full or failing?");
  }
  return copy;
}

}  // namespace

struct Library::Handle {
  explicit Handle(PrivateCopy from)
      : copy(std::move(from)), file(open_anywhere(copy->path())), object(copy->path()) {}
  explicit Handle(const std::filesystem::path& of_other) : object(of_other) {}

  std::optional<Complaint> read(stoa_plugin_descriptor& out) const {
    return read_descriptor(object.descriptor(), out);
  }

  std::optional<PrivateCopy> copy;  // kept beside the mapping, for debuggers and symbolizers
  FileDescriptor file;              // the same, which stays when a folder is cleared
  SharedObject object;
};

std::shared_ptr<const Library> Library::load(const std::filesystem::path& directory,
                                             std::string_view file,
                                             std::chrono::milliseconds deadline,
                                             std::string_view sha256, ChildWay child) {
  const std::filesystem::path name = library_name(file);
  Inspection found =
      inspect(open_beneath(directory, name), directory / name, deadline, sha256, child);
  if (!found.complaints.empty()) throw report::StartupError(sentence(found));

  std::shared_ptr<Library> library(new Library);
  library->source_ = found.source;
  library->sha256_ = found.sha256;
  library->bytes_ = found.bytes;
  PrivateCopy copy = take_copy(found);
  try {
    library->handle_ = std::make_unique<Handle>(std::move(copy));
    // Asked again: an entry may answer differently in each process.
    if (auto complaint = library->handle_->read(library->descriptor_)) {
      found.complaints.push_back(std::move(*complaint));
    }
  } catch (const std::runtime_error& error) {
    found.complaints.push_back({std::string("cannot be loaded: ") + error.what(),
                                "its child process could load it: look at what it needs"});
  }
  if (!found.complaints.empty()) throw report::StartupError(sentence(found));
  note_code(library->descriptor_);
  return library;
}

std::shared_ptr<const Library> Library::of_copy(const std::filesystem::path& copy) {
  std::shared_ptr<Library> library(new Library);
  library->source_ = copy;
  library->handle_ = std::make_unique<Handle>(copy);
  if (const auto complaint = library->handle_->read(library->descriptor_)) {
    throw std::runtime_error(complaint->problem);
  }
  return library;
}

Library::~Library() = default;

std::filesystem::path Library::copy() const {
  std::error_code none;
  const std::filesystem::path& path = handle_->copy->path();
  if (std::filesystem::exists(path, none)) return path;
  return "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(handle_->file.number());
}

}  // namespace stoa::plugin
