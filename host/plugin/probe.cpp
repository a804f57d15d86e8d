#include "plugin/probe.h"

#include <nlohmann/json.hpp>
#include <string_view>

#include "plugin/child.h"
#include "plugin/descriptor.h"
#include "plugin/rehearsal.h"
#include "plugin/shared_object.h"

namespace stoa::plugin {

namespace {

using nlohmann::json;

// What the child sends: {"problem","remedy"}, or the members of Description.
std::string to_text(const Complaint& complaint) {
  const json text{{"problem", complaint.problem}, {"remedy", complaint.remedy}};
  return text.dump(-1, ' ', true, json::error_handler_t::replace);
}

std::string to_text(const stoa_plugin_descriptor& descriptor) {
  json events = json::array();
  for (uint32_t i = 0; i < descriptor.event_count; ++i) {
    events.push_back(std::string(descriptor.events[i].data, descriptor.events[i].size));
  }
  return json{{"name", descriptor.name},       {"version", descriptor.version},
              {"major", descriptor.abi_major}, {"minor", descriptor.abi_minor},
              {"flags", descriptor.flags},     {"handles", descriptor.handles},
              {"events", std::move(events)}}
      .dump();
}

Probe from_text(const std::string& text) {
  const json found = json::parse(text);
  if (found.contains("problem")) {
    return {std::nullopt, Complaint{found["problem"], found["remedy"]}};
  }
  Description description;
  found.at("name").get_to(description.name);
  found.at("version").get_to(description.version);
  found.at("major").get_to(description.abi_major);
  found.at("minor").get_to(description.abi_minor);
  found.at("flags").get_to(description.flags);
  found.at("handles").get_to(description.handles);
  found.at("events").get_to(description.events);
  return {std::move(description), std::nullopt};
}

// The loader begins its message with the path, which here is that of a copy.
std::string without_path(const std::string& message, const std::filesystem::path& library) {
  const std::string prefix = library.string() + ": ";
  return message.starts_with(prefix) ? message.substr(prefix.size()) : message;
}

Complaint complaint_of(const ChildResult& result, const std::filesystem::path& library,
                       std::chrono::milliseconds deadline) {
  const std::string said = result.said.empty() ? "" : ", saying \"" + result.said + "\"";
  switch (result.end) {
    case ChildResult::End::kThrew:
      return {"cannot be loaded: " + without_path(result.text, library),
              "install what it needs, or link that statically"};
    case ChildResult::End::kHung:
      return {"did not finish loading within " + std::to_string(deadline.count()) + " ms" + said,
              "let no constructor of a static object wait"};
    default:
      return {"ended the process when it was loaded (" + result.text + ")" + said,
              "do nothing in constructors of static objects that can fail; create() can report it"};
  }
}

}  // namespace

std::string probe_here(const std::filesystem::path& library) {
  const SharedObject object(library);
  stoa_plugin_descriptor descriptor{};
  const auto complaint = read_descriptor(object.descriptor(), descriptor);
  return complaint ? to_text(*complaint) : to_text(descriptor);
}

Probe probe(const std::filesystem::path& library, std::chrono::milliseconds deadline,
            ChildWay child) {
  const ChildResult result = child.kind == ChildKind::kFork
                                 ? run_in_child([&] { return probe_here(library); }, deadline)
                                 : run_program(rehearsal_arguments({.library = library, .ns = {}}),
                                               deadline, child.given_up);
  if (result.end == ChildResult::End::kReturned) return from_text(result.text);
  return {std::nullopt, complaint_of(result, library, deadline)};
}

}  // namespace stoa::plugin
