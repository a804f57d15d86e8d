#include "cli/inspect.h"

#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cli/columns.h"
#include "plugin/inspection.h"
#include "plugin/paths.h"
#include "stoa/plugin.h"

namespace stoa::cli {

namespace {

using nlohmann::ordered_json;
using plugin::Description;
using plugin::Inspection;

std::vector<std::string> kinds_of(uint64_t handles) {
  constexpr std::array<std::string_view, 21> kNames = {
      "open",       "close",     "connect", "connected", "disconnect", "room join", "room joined",
      "room leave", "room left", "message", "native",    "answer",     "timer",     "posted",
      "config",     "self-test", "export",  "exported",  "import",     "judge",     "attach"};
  std::vector<std::string> kinds;
  for (uint32_t i = 0; i < kNames.size(); ++i) {
    if ((handles & STOA_HANDLES(i + STOA_EVENT_OPEN)) != 0) kinds.emplace_back(kNames[i]);
  }
  return kinds;
}

std::vector<std::string> capabilities_of(const Description& description) {
  std::vector<std::string> found;
  if ((description.flags & STOA_PLUGIN_CONCURRENT) != 0) found.emplace_back("concurrent");
  if ((description.handles & STOA_HANDLES_ANY) != 0) found.emplace_back("wildcard");
  return found;
}

ordered_json complaints_as_json(const Inspection& found) {
  ordered_json list = ordered_json::array();
  for (const auto& complaint : found.complaints) {
    list.push_back({{"problem", complaint.problem}, {"remedy", complaint.remedy}});
  }
  return list;
}

void write_json(const Inspection& found, std::ostream& out) {
  ordered_json text{{"file", found.source.string()}};
  if (const auto& description = found.description) {
    text["name"] = description->name;
    text["version"] = description->version;
    text["abi"] = {{"major", description->abi_major}, {"minor", description->abi_minor}};
    text["handles"] = kinds_of(description->handles);
    text["events"] = description->events;
    text["capabilities"] = capabilities_of(*description);
  }
  text["sha256"] = found.sha256;
  text["exports"] = found.elf.exports;
  text["needed"] = found.elf.needed;
  text["unique"] = found.elf.unique;
  text["complaints"] = complaints_as_json(found);
  out << text.dump(2, ' ', false, ordered_json::error_handler_t::replace) << '\n';
}

void write_line(std::ostream& out, std::string_view label, std::string_view text) {
  out << "  " << padded(label, 16) << text << '\n';
}

// The names in lines of at most about 100 columns.
void write_list(std::ostream& out, std::string_view label, const std::vector<std::string>& names) {
  constexpr std::size_t kColumns = 84;
  std::string line;
  for (const std::string& name : names) {
    if (!line.empty() && line.size() + name.size() > kColumns) {
      write_line(out, label, line + ",");
      label = "";
      line.clear();
    }
    line += (line.empty() ? "" : ", ") + name;
  }
  write_line(out, label, names.empty() ? "none" : line);
}

void write_text(const Inspection& found, std::ostream& out) {
  out << found.source.string() << '\n';
  if (const auto& description = found.description) {
    write_line(out, "plugin", description->name + " " + description->version);
    write_line(out, "ABI",
               std::to_string(description->abi_major) + "." +
                   std::to_string(description->abi_minor) + " (this host: " +
                   std::to_string(STOA_ABI_MAJOR) + "." + std::to_string(STOA_ABI_MINOR) + ")");
    write_list(out, "handles", kinds_of(description->handles));
    write_list(out, "events", description->events);
    write_list(out, "capabilities", capabilities_of(*description));
  }
  if (!found.sha256.empty()) {
    write_line(out, "SHA-256", found.sha256);
    write_list(out, "exports", found.elf.exports);
    write_list(out, "needs", found.elf.needed);
    write_list(out, "unique symbols", found.elf.unique);
  }
  for (const auto& complaint : found.complaints) {
    const std::string_view subject = complaint.problem.starts_with("its ") ? "" : "it ";
    out << "wrong: " << subject << complaint.problem << "\n mend: " << complaint.remedy << '\n';
  }
  if (found.complaints.empty()) out << "nothing is wrong with it\n";
}

}  // namespace

int run_inspect(const std::filesystem::path& plugin, bool json, std::ostream& out) {
  const Inspection found = plugin::inspect(plugin::open_anywhere(plugin), plugin);
  json ? write_json(found, out) : write_text(found, out);
  return found.complaints.empty() ? 0 : 1;
}

}  // namespace stoa::cli
