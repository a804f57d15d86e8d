// What an ELF file says of itself, read without loading it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plugin/complaint.h"

namespace stoa::plugin {

struct ElfSummary {
  std::vector<std::string> exports;  // symbols that other libraries can see
  std::vector<std::string> unique;   // those of them that exist once per process (STB_GNU_UNIQUE)
  std::vector<std::string> needed;   // libraries it wants loaded (DT_NEEDED)
  std::optional<Complaint> defect;   // why it cannot be read; the lists are empty then
};

// Reads the headers of a shared library for this machine. `bytes` may be anything: truncated,
// hostile or no ELF file at all. A file without defect is at least as long as its headers promise,
// so that the loader does not run off its end.
[[nodiscard]] ElfSummary read_elf(std::string_view bytes);

// What a plugin must not have: exports beside its entry, symbols that are unique in the process.
[[nodiscard]] std::vector<Complaint> symbol_complaints(const ElfSummary& summary);

}  // namespace stoa::plugin
