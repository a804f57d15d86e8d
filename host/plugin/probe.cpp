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

// What the child sends: {"problem","remedy"}, or a Description.
std::string to_text(const Complaint& complaint) {
  const json text{{"problem", complaint.problem}, {"remedy", complaint.remedy}};
  return text.dump(-1, ' ', true, json::error_handler_t::replace);
}

std::optional<Complaint> complaint_from(const std::string& text) {
  const json found = json::parse(text, nullptr, false);
  const auto is_text = [&](const char* name) {
    const auto at = found.find(name);
    return at != found.end() && at->is_string();
  };
  if (!found.is_object() || !is_text("problem") || !is_text("remedy")) return std::nullopt;
  return Complaint{found["problem"], found["remedy"]};
}

Probe from_text(const std::string& text) {
  if (auto description = description_from(text)) return {std::move(description), std::nullopt};
  if (auto complaint = complaint_from(text)) return {std::nullopt, std::move(complaint)};
  return {std::nullopt, Complaint{"wrote nonsense in the place of what was to say what it is",
                                  "let it write to no file that it did not open"}};
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
  return complaint ? to_text(*complaint) : to_text(describe(descriptor));
}

namespace {

ChildResult try_out(const std::filesystem::path& library, std::chrono::milliseconds deadline,
                    const ChildWay& child) {
  if (child.instead) return child.instead(library, deadline);
  if (child.kind == ChildKind::kFork) {
    return run_in_child([&] { return probe_here(library); }, deadline);
  }
  return run_program(rehearsal_arguments({.library = library, .ns = {}}), deadline, child.given_up);
}

}  // namespace

Probe probe(const std::filesystem::path& library, std::chrono::milliseconds deadline,
            const ChildWay& child) {
  const ChildResult result = try_out(library, deadline, child);
  if (result.end == ChildResult::End::kReturned) return from_text(result.text);
  return {std::nullopt, complaint_of(result, library, deadline)};
}

}  // namespace stoa::plugin
