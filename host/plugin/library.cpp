#include "plugin/library.h"

#include <unistd.h>

#include <algorithm>
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

// Once before it is kept, and once before it is opened, which may be long after.
void expect_whole(const std::filesystem::path& copy, const std::filesystem::path& source,
                  const std::string& sha256) {
  if (sha256_hex(read_contents(open_anywhere(copy), copy)) == sha256) return;
  throw report::StartupError("plugin \"" + source.string() + "\": its copy \"" + copy.string() +
                             "\" came out different; is the disk full or failing?");
}

PrivateCopy take_copy(Inspection& found) {
  PrivateCopy copy = std::move(*found.copy);
  copy.rename(copy_name(found));
  expect_whole(copy.path(), found.source, found.sha256);
  return copy;
}

}  // namespace

struct Library::Kept {
  explicit Kept(PrivateCopy from) : copy(std::move(from)), file(open_anywhere(copy.path())) {}

  PrivateCopy copy;     // also beside the mapping, for debuggers and symbolizers
  FileDescriptor file;  // the same, which stays when a folder is cleared
};

struct Library::Opened {
  // Throws std::runtime_error.
  explicit Opened(const std::filesystem::path& file) : object(file) {
    const auto complaint = read_descriptor(object.descriptor(), descriptor);
    if (complaint) throw std::runtime_error(complaint->problem);
    note_code(descriptor);
  }

  SharedObject object;
  stoa_plugin_descriptor descriptor{};
};

Library::Library() = default;
Library::~Library() = default;

std::shared_ptr<const Library> Library::load(const std::filesystem::path& directory,
                                             std::string_view file,
                                             std::chrono::milliseconds deadline,
                                             std::string_view sha256, const ChildWay& child) {
  const std::filesystem::path name = library_name(file);
  Inspection found =
      inspect(open_beneath(directory, name), directory / name, deadline, sha256, child);
  if (!found.complaints.empty()) throw report::StartupError(sentence(found));

  std::shared_ptr<Library> library(new Library);
  library->source_ = found.source;
  library->sha256_ = found.sha256;
  library->bytes_ = found.bytes;
  library->kept_ = std::make_unique<Kept>(take_copy(found));
  library->description_ = std::move(*found.description);
  library->interests_ = Interests(library->description_);
  return library;
}

std::shared_ptr<const Library> Library::of_copy(const std::filesystem::path& copy) {
  std::shared_ptr<Library> library(new Library);
  library->source_ = copy;
  auto opened = std::make_unique<Opened>(copy);
  library->description_ = describe(opened->descriptor);
  library->interests_ = Interests(library->description_);
  const report::MutexLock lock(library->opening_);
  library->opened_ = std::move(opened);
  library->is_open_ = true;
  return library;
}

const stoa_plugin_descriptor& Library::open() const {
  const report::MutexLock lock(opening_);
  if (!opened_) opened_ = opened_here();
  is_open_.store(true, std::memory_order_release);
  return opened_->descriptor;
}

std::unique_ptr<Library::Opened> Library::opened_here() const {
  const std::filesystem::path file = copy();
  expect_whole(file, source_, sha256_);
  const auto refuse = [this](const std::string& problem, const char* remedy) {
    throw report::StartupError("plugin \"" + source_.string() + "\": " + problem + "; " + remedy);
  };
  std::unique_ptr<Opened> opened;
  try {
    opened = std::make_unique<Opened>(file);
  } catch (const std::runtime_error& error) {
    refuse(std::string("cannot be loaded: ") + error.what(),
           "its child process could load it: look at what it needs");
  }
  // An entry may answer differently in each process.
  if (describe(opened->descriptor) != description_) {
    refuse("declares something else here than in its child process",
           "let stoa_plugin_entry() always return the same");
  }
  return opened;
}

std::filesystem::path Library::copy() const {
  std::error_code none;
  const std::filesystem::path& path = kept_->copy.path();
  if (std::filesystem::exists(path, none)) return path;
  return "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(kept_->file.number());
}

}  // namespace stoa::plugin
