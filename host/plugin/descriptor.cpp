#include "plugin/descriptor.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "wire/utf8.h"

namespace stoa::plugin {

namespace {

// As ABI 1.0 has it: no plugin's descriptor is shorter.
constexpr uint32_t kSmallest =
    offsetof(stoa_plugin_descriptor, handle) + sizeof(stoa_plugin_descriptor::handle);
constexpr std::size_t kMaxText = 64;
constexpr uint32_t kMaxEvents = 4096;
constexpr uint64_t kMaxEventBytes = 255;

std::string hex(uint32_t number) {
  char text[11];
  std::snprintf(text, sizeof text, "0x%08x", number);
  return text;
}

Complaint wrong(const std::string& field, const std::string& found, const std::string& wanted) {
  return {"its descriptor's " + field + " is " + found + ", wanted " + wanted,
          "correct the descriptor that stoa_plugin_entry() returns"};
}

std::string version(uint32_t major, uint32_t minor) {
  return std::to_string(major) + "." + std::to_string(minor);
}

// What this host speaks.
std::string spoken() {
  return version(STOA_ABI_MAJOR, 0) + " to " + version(STOA_ABI_MAJOR, STOA_ABI_MINOR);
}

std::optional<Complaint> check_layout(const stoa_plugin_descriptor& found) {
  if (found.magic != STOA_MAGIC) return wrong("magic", hex(found.magic), hex(STOA_MAGIC));
  if (found.struct_size < kSmallest) {
    return wrong("struct_size", std::to_string(found.struct_size),
                 "at least " + std::to_string(kSmallest));
  }
  if (found.abi_major != STOA_ABI_MAJOR) {
    return Complaint{"is built for ABI " + version(found.abi_major, found.abi_minor) +
                         ", and this host speaks " + spoken(),
                     found.abi_major > STOA_ABI_MAJOR
                         ? "run it on a newer host, or build it with this host's SDK"
                         : "build it with this host's SDK"};
  }
  return std::nullopt;
}

bool in_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

bool in_version(char c) {
  return c > ' ' && c <= '~';
}

bool is_text(std::string_view value, bool (*allowed)(char)) {
  return !value.empty() && value.size() <= kMaxText && std::ranges::all_of(value, allowed);
}

std::optional<Complaint> check_text(const char* field, const char* text, const char* wanted,
                                    bool (*allowed)(char)) {
  if (!text) return wrong(field, "NULL", wanted);
  const std::string_view value(text, ::strnlen(text, kMaxText + 1));
  if (is_text(value, allowed)) return std::nullopt;
  return wrong(field, "\"" + std::string(value) + "\"", wanted);
}

std::optional<Complaint> check_event(const stoa_bytes& event, const std::string& field) {
  if (event.size < 1 || event.size > kMaxEventBytes) {
    return wrong(field, std::to_string(event.size) + " bytes long", "1 to 255 bytes");
  }
  if (!event.data) return wrong(field, "NULL", "a name");
  if (!wire::is_utf8({event.data, event.size})) return wrong(field, "not UTF-8", "UTF-8");
  return std::nullopt;
}

std::optional<Complaint> check_events(const stoa_plugin_descriptor& descriptor) {
  if (descriptor.event_count > kMaxEvents) {
    return wrong("event_count", std::to_string(descriptor.event_count),
                 "at most " + std::to_string(kMaxEvents));
  }
  if (descriptor.event_count > 0 && !descriptor.events) return wrong("events", "NULL", "an array");
  std::unordered_set<std::string_view> seen;
  for (uint32_t i = 0; i < descriptor.event_count; ++i) {
    const stoa_bytes& event = descriptor.events[i];
    const std::string field = "events[" + std::to_string(i) + "]";
    if (auto complaint = check_event(event, field)) return complaint;
    const std::string_view name(event.data, event.size);
    if (!seen.insert(name).second) {
      return wrong(field, "\"" + std::string(name) + "\" again", "each name once");
    }
  }
  return std::nullopt;
}

std::optional<Complaint> check_callbacks(const stoa_plugin_descriptor& descriptor) {
  if (!descriptor.create) return wrong("create", "NULL", "a function");
  if (!descriptor.destroy) return wrong("destroy", "NULL", "a function");
  if (!descriptor.handle) return wrong("handle", "NULL", "a function");
  return std::nullopt;
}

}  // namespace

std::optional<Complaint> read_descriptor(const stoa_plugin_descriptor* found,
                                         stoa_plugin_descriptor& out) {
  if (!found) {
    return Complaint{
        "its stoa_plugin_entry() returned NULL: it speaks none of the ABI versions that this host "
        "speaks, " +
            spoken(),
        "build it with this host's SDK, or run it on a newer host"};
  }
  if (auto complaint = check_layout(*found)) return complaint;
  out = {};
  std::memcpy(&out, found, std::min<std::size_t>(found->struct_size, sizeof out));
  if (auto complaint = check_text("name", out.name, "1 to 64 of [a-z0-9_-]", in_name)) {
    return complaint;
  }
  if (auto complaint =
          check_text("version", out.version, "1 to 64 printable ASCII characters", in_version)) {
    return complaint;
  }
  if (auto complaint = check_events(out)) return complaint;
  return check_callbacks(out);
}

bool is_possible(const Description& description) {
  if (description.abi_major != STOA_ABI_MAJOR) return false;
  if (!is_text(description.name, in_name) || !is_text(description.version, in_version)) {
    return false;
  }
  if (description.events.size() > kMaxEvents) return false;
  std::vector<stoa_bytes> names;
  for (const std::string& name : description.events) names.push_back({name.data(), name.size()});
  stoa_plugin_descriptor same{};
  same.event_count = static_cast<uint32_t>(names.size());
  same.events = names.data();
  return !check_events(same);
}

}  // namespace stoa::plugin
