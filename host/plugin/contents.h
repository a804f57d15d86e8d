// The bytes of a file and what identifies them.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "plugin/file_descriptor.h"

namespace stoa::plugin {

// No plugin is larger: with debug information and everything linked statically they reach some tens
// of megabytes, and the whole file is held in memory while it is examined.
inline constexpr std::size_t kMaxLibraryBytes = std::size_t{512} * 1024 * 1024;

// All of a file, which messages call `path`. Throws report::StartupError if it cannot be read or
// exceeds kMaxLibraryBytes.
[[nodiscard]] std::string read_contents(const FileDescriptor& file,
                                        const std::filesystem::path& path);

// The SHA-256 of `bytes`, in 64 hexadecimal digits.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

}  // namespace stoa::plugin
