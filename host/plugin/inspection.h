// Everything that can be known of a plugin's file, and what is wrong with it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plugin/complaint.h"
#include "plugin/elf.h"
#include "plugin/file_descriptor.h"
#include "plugin/private_copy.h"
#include "plugin/probe.h"

namespace stoa::plugin {

struct Inspection {
  std::filesystem::path source;
  std::string sha256;
  std::size_t bytes = 0;
  ElfSummary elf;
  std::optional<Description> description;  // none if loading failed or was not tried
  std::optional<PrivateCopy> copy;         // what was examined; none if it was not worth copying
  std::vector<Complaint> complaints;       // empty: the host accepts it
};

// Examines the open `file`, which messages call `source`: who may write it, its ELF headers, and,
// in a child process, its descriptor. A file whose headers are damaged is not loaded. `stoa
// inspect` shows the result, and Library::load() refuses what has complaints: they cannot disagree.
// If `sha256` is not empty, a file with another one has that complaint, and nothing of it is run.
// Throws report::StartupError if this machine is at fault (no memory, no disk, no process).
[[nodiscard]] Inspection inspect(const FileDescriptor& file, const std::filesystem::path& source,
                                 std::chrono::milliseconds deadline = kProbeDeadline,
                                 std::string_view sha256 = {}, const ChildWay& child = {});

// All complaints as one sentence.
[[nodiscard]] std::string sentence(const Inspection& inspection);

}  // namespace stoa::plugin
