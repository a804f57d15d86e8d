// Opening a plugin's file without being led astray: loading a library runs its code as this user.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "plugin/complaint.h"
#include "plugin/file_descriptor.h"

namespace stoa::plugin {

// The file name that a manifest's `plugin` stands for: with ".so".
[[nodiscard]] std::filesystem::path library_name(std::string_view plugin);

// Opens `file` beneath `directory` for reading. Neither "..", nor an absolute path, nor a symbolic
// link may lead out of it. Throws report::StartupError.
[[nodiscard]] FileDescriptor open_beneath(const std::filesystem::path& directory,
                                          const std::filesystem::path& file);

// Opens any file for reading. Throws report::StartupError.
[[nodiscard]] FileDescriptor open_anywhere(const std::filesystem::path& file);

// A plugin must be a regular file that belongs to root or to this user and that nobody else can
// write. Asks the open file, not its path, which may name another one by now.
[[nodiscard]] std::vector<Complaint> ownership_complaints(const FileDescriptor& file);

}  // namespace stoa::plugin
