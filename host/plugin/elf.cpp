#include "plugin/elf.h"

#include <elf.h>

#include <algorithm>
#include <cstring>

namespace stoa::plugin {

namespace {

constexpr std::string_view kEntry = "stoa_plugin_entry";
constexpr std::string_view kMend = "build it with stoa_add_plugin() of the SDK";

#if defined(__x86_64__)
constexpr uint16_t kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr uint16_t kMachine = EM_AARCH64;
#elif defined(__riscv)
constexpr uint16_t kMachine = EM_RISCV;
#else
#error "say which e_machine a plugin for this processor has"
#endif

Complaint truncated(std::string_view what) {
  return {"is truncated or damaged: its " + std::string(what) + " lies beyond its end",
          "build or copy it again"};
}

// The file as a sequence of tables. Every look at it is checked against its end; tables need not be
// aligned, so entries are copied out.
class File {
 public:
  explicit File(std::string_view bytes) : bytes_(bytes) {}

  // `what` names the part in the complaint. Throws Complaint, and so do the functions below.
  [[nodiscard]] std::string_view part(uint64_t offset, uint64_t size, std::string_view what) const {
    if (offset > bytes_.size() || size > bytes_.size() - offset) throw truncated(what);
    return bytes_.substr(offset, size);
  }

  template <class Entry>
  [[nodiscard]] Entry entry(uint64_t offset, std::string_view what) const {
    Entry copy;
    std::memcpy(&copy, part(offset, sizeof copy, what).data(), sizeof copy);
    return copy;
  }

  template <class Entry>
  [[nodiscard]] std::vector<Entry> table(uint64_t offset, uint64_t size,
                                         std::string_view what) const {
    const std::string_view raw = part(offset, size, what);
    std::vector<Entry> entries(raw.size() / sizeof(Entry));
    if (!entries.empty()) std::memcpy(entries.data(), raw.data(), entries.size() * sizeof(Entry));
    return entries;
  }

 private:
  std::string_view bytes_;
};

Elf64_Ehdr read_header(const File& file, std::string_view bytes) {
  if (!bytes.starts_with(ELFMAG)) {
    throw Complaint{"is not an ELF file", "name the shared library that the build made"};
  }
  const auto header = file.entry<Elf64_Ehdr>(0, "ELF header");
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_machine != kMachine) {
    throw Complaint{"is built for another machine (ELF machine " +
                        std::to_string(header.e_machine) + ", wanted " + std::to_string(kMachine) +
                        ")",
                    "build it for this one"};
  }
  if (header.e_type != ET_DYN) {
    throw Complaint{"is an ELF file but no shared library", std::string(kMend)};
  }
  return header;
}

void check_segments(const File& file, const Elf64_Ehdr& header) {
  const auto segments = file.table<Elf64_Phdr>(
      header.e_phoff, uint64_t{header.e_phnum} * sizeof(Elf64_Phdr), "program header table");
  for (const Elf64_Phdr& segment : segments) {
    if (segment.p_type == PT_LOAD) (void)file.part(segment.p_offset, segment.p_filesz, "segment");
  }
}

std::string name_at(std::string_view names, uint64_t offset) {
  if (offset >= names.size()) throw truncated("symbol name");
  const std::string_view rest = names.substr(offset);
  return std::string(rest.substr(0, rest.find('\0')));
}

bool visible(const Elf64_Sym& symbol) {
  const auto bind = ELF64_ST_BIND(symbol.st_info);
  const auto visibility = ELF64_ST_VISIBILITY(symbol.st_other);
  const bool defined = symbol.st_shndx != SHN_UNDEF && symbol.st_shndx != SHN_ABS;
  return defined && bind != STB_LOCAL && visibility != STV_HIDDEN && visibility != STV_INTERNAL;
}

class Reader {
 public:
  Reader(std::string_view bytes, ElfSummary& out)
      : file_(bytes), out_(out), header_(read_header(file_, bytes)) {
    check_segments(file_, header_);
    sections_ = file_.table<Elf64_Shdr>(
        header_.e_shoff, uint64_t{header_.e_shnum} * sizeof(Elf64_Shdr), "section header table");
  }

  void read() {
    bool found = false;
    for (const Elf64_Shdr& section : sections_) {
      if (section.sh_type == SHT_DYNSYM) {
        read_symbols(section);
        found = true;
      }
      if (section.sh_type == SHT_DYNAMIC) read_needed(section);
    }
    if (!found) {
      throw Complaint{"has no section with its dynamic symbols",
                      "strip it with nothing stronger than strip(1)"};
    }
  }

 private:
  [[nodiscard]] std::string_view names_of(const Elf64_Shdr& section) const {
    if (section.sh_link >= sections_.size()) throw truncated("string table");
    const Elf64_Shdr& names = sections_[section.sh_link];
    return file_.part(names.sh_offset, names.sh_size, "string table");
  }

  void read_symbols(const Elf64_Shdr& section) {
    const std::string_view names = names_of(section);
    for (const auto& symbol :
         file_.table<Elf64_Sym>(section.sh_offset, section.sh_size, "symbol table")) {
      if (!visible(symbol)) continue;
      out_.exports.push_back(name_at(names, symbol.st_name));
      if (ELF64_ST_BIND(symbol.st_info) == STB_GNU_UNIQUE) {
        out_.unique.push_back(out_.exports.back());
      }
    }
  }

  void read_needed(const Elf64_Shdr& section) {
    const std::string_view names = names_of(section);
    for (const auto& item :
         file_.table<Elf64_Dyn>(section.sh_offset, section.sh_size, "dynamic section")) {
      if (item.d_tag == DT_NULL) return;
      if (item.d_tag == DT_NEEDED) out_.needed.push_back(name_at(names, item.d_un.d_val));
    }
  }

  File file_;
  ElfSummary& out_;
  Elf64_Ehdr header_;
  std::vector<Elf64_Shdr> sections_;
};

// "a, b, c and 4 more"
std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i) {
    text += (i == 0 ? "" : ", ") + names[i];
  }
  if (names.size() > kShown) text += " and " + std::to_string(names.size() - kShown) + " more";
  return text;
}

}  // namespace

ElfSummary read_elf(std::string_view bytes) {
  ElfSummary summary;
  try {
    Reader(bytes, summary).read();
    std::ranges::sort(summary.exports);
    std::ranges::sort(summary.unique);
  } catch (const Complaint& defect) {
    summary = {};
    summary.defect = defect;
  }
  return summary;
}

std::vector<Complaint> symbol_complaints(const ElfSummary& summary) {
  std::vector<Complaint> found;
  std::vector<std::string> others = summary.exports;
  if (std::erase(others, kEntry) == 0) {
    found.push_back({"does not export stoa_plugin_entry",
                     "define it, with extern \"C\" in C++, and build with stoa_add_plugin()"});
  }
  if (!summary.unique.empty()) {
    std::erase_if(others, [&](const std::string& name) {
      return std::ranges::binary_search(summary.unique, name);
    });
    found.push_back(
        {"has symbols that are unique in the process, so that two versions of it would "
         "share their data: " +
             some_of(summary.unique),
         "compile with -fno-gnu-unique, or build with stoa_add_plugin()"});
  }
  if (!others.empty()) {
    found.push_back({"exports more than stoa_plugin_entry: " + some_of(others),
                     "keep them local with a version script, or build with stoa_add_plugin()"});
  }
  return found;
}

}  // namespace stoa::plugin
