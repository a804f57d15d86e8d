#include "manifest/manifest.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

#include "manifest/draft.h"
#include "manifest/environment.h"
#include "manifest/namespaces.h"
#include "manifest/schema.h"
#include "report/startup_error.h"

namespace stoa::manifest {
namespace {

constexpr std::size_t kLongestFile = 1024 * 1024;

// Reads one document into one manifest.
class Reading {
 public:
  Reading(const std::filesystem::path& file, const Environment& environment)
      : problems_(file.string()),
        environment_(environment),
        directory_(std::filesystem::absolute(file).parent_path()),
        root_{"", directory_, manifest_.server.headers, problems_} {
    manifest_.file = std::filesystem::absolute(file).lexically_normal();
    manifest_.plugins.directory = directory_ / manifest_.plugins.directory;
  }

  Draft read(std::string_view text) {
    if (const auto document = read_document(text, problems_)) {
      read_tables(*document);
      read_variables();
      // Last: versions may match by any header that the rest names.
      if (const Member* const member = find(*document, "namespace")) {
        read_namespaces(member->value, root_.below("namespace"), manifest_.namespaces);
      }
      say_where_all_run();
      if (manifest_.namespaces.empty()) {
        problems_.add({1, 1}, "namespace",
                      "found none, so there is nothing to serve; want one or more, like "
                      "[namespace.chat] with plugin = \"chat\"");
      }
    }
    return {std::move(manifest_), problems_.text()};
  }

 private:
  void read_tables(const Table& document) {
    for (const Member& member : document) {
      if (member.name == "server") {
        read_section(member, server_keys(), manifest_.server);
      } else if (member.name == "log") {
        read_section(member, log_keys(), manifest_.log);
      } else if (member.name == "plugins") {
        const std::size_t before = problems_.count();
        read_section(member, plugins_keys(), manifest_.plugins);
        if (problems_.count() > before) manifest_.plugins.directory.clear();
      } else if (member.name == "control") {
        read_section(member, control_keys(), manifest_.control);
      } else if (member.name == "rollout") {
        read_section(member, rollout_keys(), manifest_.rollout);
      } else if (member.name == "static") {
        read_static_folders(member.value);
      } else if (member.name != "namespace") {
        root_.refuse_unknown(
            member, {"server", "log", "plugins", "control", "rollout", "namespace", "static"});
      }
    }
  }

  template <class Owner>
  void read_section(const Member& member, const Keys<Owner>& keys, Owner& out) {
    const Place place = root_.below(member.name);
    if (const auto* table = std::get_if<Table>(&member.value.data)) {
      read_table(*table, member.at, place, keys, out);
    } else {
      place.refuse(member.value, "a table, like [" + member.name + "]");
    }
  }

  void read_static_folders(const Value& value) {
    const Place place = root_.below("static");
    const auto* array = std::get_if<Array>(&value.data);
    if (array == nullptr) return place.refuse(value, "a table for each folder, like [[static]]");
    for (std::size_t i = 0; i < array->size(); ++i) read_static_folder((*array)[i], place.item(i));
  }

  void read_static_folder(const Value& value, const Place& place) {
    const auto* table = std::get_if<Table>(&value.data);
    if (table == nullptr) return place.refuse(value, "a table, like [[static]]");
    StaticFolder out;
    read_table(*table, value.at, place, static_keys(), out);
    const auto same_url = [&](const StaticFolder& other) { return other.url == out.url; };
    if (!out.url.empty() && std::ranges::any_of(manifest_.static_folders, same_url)) {
      problems_.add(value.at, place.below("url").key, "found \"" + out.url + "\" a second time");
    }
    manifest_.static_folders.push_back(std::move(out));
  }

  void say_where_all_run() {
    for (Namespace& ns : manifest_.namespaces) {
      for (Version& version : ns.versions) {
        if (!version.run) version.run = ns.run.value_or(manifest_.plugins.run);
      }
    }
  }

  void read_variables() {
    read_environment("server", root_, server_keys(), environment_, manifest_.server);
    read_environment("log", root_, log_keys(), environment_, manifest_.log);
    const std::size_t before = problems_.count();
    read_environment("plugins", root_, plugins_keys(), environment_, manifest_.plugins);
    if (problems_.count() > before) manifest_.plugins.directory.clear();
    read_environment("control", root_, control_keys(), environment_, manifest_.control);
    read_environment("rollout", root_, rollout_keys(), environment_, manifest_.rollout);
  }

  Problems problems_;
  const Environment& environment_;
  std::filesystem::path directory_;
  Manifest manifest_;
  Place root_;
};

[[noreturn]] void refuse_file(const std::filesystem::path& file, const std::string& why) {
  throw report::StartupError(file.string() + ": " + why);
}

std::string read_file(const std::filesystem::path& file) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) {
    refuse_file(file, "this is a directory, want a manifest");
  }
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  if (!in) refuse_file(file, std::string("cannot open the manifest: ") + std::strerror(errno));
  std::string text(kLongestFile + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) refuse_file(file, std::string("cannot read the manifest: ") + std::strerror(errno));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kLongestFile) refuse_file(file, "the manifest is longer than 1 MiB");
  return text;
}

}  // namespace

std::vector<Departure> usual_departure() {
  return {Departure::kMove, Departure::kReconnect};
}

Draft load_draft(const std::filesystem::path& file, const Environment& environment) {
  return parse_draft(read_file(file), file, environment);
}

Draft parse_draft(std::string_view text, const std::filesystem::path& file,
                  const Environment& environment) {
  return Reading(file, environment).read(text);
}

Manifest load(const std::filesystem::path& file, const Environment& environment) {
  return parse(read_file(file), file, environment);
}

Manifest parse(std::string_view text, const std::filesystem::path& file,
               const Environment& environment) {
  Draft draft = parse_draft(text, file, environment);
  if (!draft.problems.empty()) throw report::StartupError(draft.problems);
  return std::move(draft.manifest);
}

}  // namespace stoa::manifest
