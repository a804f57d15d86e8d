#include "plugin/inspection.h"

#include <algorithm>

#include "plugin/contents.h"
#include "plugin/paths.h"

namespace stoa::plugin {

namespace {

bool worth_loading(const ElfSummary& elf) {
  return !elf.defect && std::ranges::binary_search(elf.exports, "stoa_plugin_entry");
}

Complaint other_file(std::string_view found, std::string_view wanted) {
  return {"its SHA-256 is " + std::string(found) + ", wanted " + std::string(wanted),
          "put the file there that is meant, or correct this version's sha256 in the manifest"};
}

void probe_copy(Inspection& found, std::chrono::milliseconds deadline, const ChildWay& child) {
  Probe probed = probe(found.copy->path(), deadline, child);
  if (probed.complaint) found.complaints.push_back(std::move(*probed.complaint));
  found.description = std::move(probed.description);
}

}  // namespace

Inspection inspect(const FileDescriptor& file, const std::filesystem::path& source,
                   std::chrono::milliseconds deadline, std::string_view sha256,
                   const ChildWay& child) {
  Inspection found;
  found.source = source;
  found.complaints = ownership_complaints(file);
  if (!found.complaints.empty()) return found;  // such a file is not even run in a child

  const std::string bytes = read_contents(file, source);
  found.sha256 = sha256_hex(bytes);
  found.bytes = bytes.size();
  if (!sha256.empty() && sha256 != found.sha256) {
    found.complaints.push_back(other_file(found.sha256, sha256));
    return found;
  }
  found.elf = read_elf(bytes);
  if (found.elf.defect) {
    found.complaints.push_back(*found.elf.defect);
  } else {
    found.complaints = symbol_complaints(found.elf);
  }
  if (worth_loading(found.elf)) {
    found.copy.emplace(bytes, found.sha256 + ".so");
    probe_copy(found, deadline, child);
  }
  return found;
}

std::string sentence(const Inspection& inspection) {
  std::string text = "plugin \"" + inspection.source.string() + "\"";
  const char* before = ": ";
  for (const Complaint& complaint : inspection.complaints) {
    text += before + complaint.problem + "; " + complaint.remedy;
    before = "; also it ";
  }
  return text;
}

}  // namespace stoa::plugin
