#include "plugin/description.h"

#include <nlohmann/json.hpp>

#include "plugin/descriptor.h"

namespace stoa::plugin {

namespace {

using nlohmann::json;

}  // namespace

Description describe(const stoa_plugin_descriptor& descriptor) {
  Description description{.name = descriptor.name,
                          .version = descriptor.version,
                          .abi_major = descriptor.abi_major,
                          .abi_minor = descriptor.abi_minor,
                          .flags = descriptor.flags,
                          .handles = descriptor.handles,
                          .events = {}};
  description.events.reserve(descriptor.event_count);
  for (uint32_t i = 0; i < descriptor.event_count; ++i) {
    description.events.emplace_back(descriptor.events[i].data, descriptor.events[i].size);
  }
  return description;
}

std::string to_text(const Description& description) {
  return json{{"name", description.name},       {"version", description.version},
              {"major", description.abi_major}, {"minor", description.abi_minor},
              {"flags", description.flags},     {"handles", description.handles},
              {"events", description.events}}
      .dump();
}

std::optional<Description> description_from(const std::string& text) {
  try {
    const json found = json::parse(text);
    Description description;
    found.at("name").get_to(description.name);
    found.at("version").get_to(description.version);
    found.at("major").get_to(description.abi_major);
    found.at("minor").get_to(description.abi_minor);
    found.at("flags").get_to(description.flags);
    found.at("handles").get_to(description.handles);
    found.at("events").get_to(description.events);
    if (is_possible(description)) return description;
  } catch (const json::exception&) {
    // Nor is that anything.
  }
  return std::nullopt;
}

}  // namespace stoa::plugin
