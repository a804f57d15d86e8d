#include "cli/check.h"

#include <chrono>
#include <string>

#include "cli/columns.h"
#include "manifest/draft.h"
#include "plugin/child.h"
#include "plugin/inert_host.h"
#include "plugin/instance.h"
#include "plugin/library.h"
#include "report/startup_error.h"
#include "rollout/memory.h"
#include "routing/process_lane.h"
#include "routing/thread_lane.h"

namespace stoa::cli {

namespace {

// A create() may look for its database; the server would wait for it without a limit.
constexpr std::chrono::milliseconds kCreateDeadline{30'000};

// A version of a namespace, as the manifest has it.
struct Candidate {
  const manifest::Manifest& manifest;
  const manifest::Namespace& ns;
  const manifest::Version& version;

  // The only version of a namespace has a name only if it was given one.
  [[nodiscard]] bool is_named() const {
    return ns.versions.size() > 1 || version.name != manifest::Version{}.name;
  }
};

// Runs in the child. Returns "chat 1.0.0  <sha256>".
std::string start(const Candidate& it) {
  if (it.version.run == manifest::Run::kProcess) {
    static_cast<void>(routing::confinement_of(it.ns.name, it.ns.process));
  }
  auto library = plugin::Library::load(it.manifest.plugins.directory, it.version.plugin,
                                       plugin::kProbeDeadline, it.version.sha256);
  if (it.version.run == manifest::Run::kThread) {
    routing::check_threads(it.ns.name, library->description(), it.ns.threads);
  }
  const plugin::Instance instance(library, it.ns.name, it.version.config_json,
                                  plugin::inert_host());
  return library->description().name + " " + library->description().version + "  " +
         library->sha256();
}

std::string problem(const Candidate& it, const plugin::ChildResult& result) {
  const std::string where =
      it.manifest.file.string() + ":" + std::to_string(it.version.line) + ": ";
  if (result.end == plugin::ChildResult::End::kThrew) return where + result.text;
  const std::string subject =
      "namespace \"" + it.ns.name + "\": plugin \"" + it.version.plugin + "\" ";
  const std::string said = result.said.empty() ? "" : ", saying \"" + result.said + "\"";
  if (result.end == plugin::ChildResult::End::kHung) {
    return where + subject + "did not start within " + std::to_string(kCreateDeadline.count()) +
           " ms" + said + "; its create() hangs";
  }
  return where + subject + "ended the process when it started (" + result.text + ")" + said;
}

bool check_version(const Candidate& it, std::ostream& out, std::ostream& err) {
  const auto result = plugin::run_in_child([&] { return start(it); }, kCreateDeadline);
  if (result.end != plugin::ChildResult::End::kReturned) {
    err << problem(it, result) << '\n';
    return false;
  }
  std::string name = it.ns.name.empty() ? "\"\"" : it.ns.name;
  if (it.is_named()) name += " " + it.version.name;
  out << "ok  " << padded(name, 12) << "  " << result.text << '\n';
  return true;
}

}  // namespace

int run_check(const std::filesystem::path& config, std::ostream& out, std::ostream& err) {
  try {
    const auto [manifest, problems] = manifest::load_draft(config, manifest::process_environment);
    bool good = problems.empty();
    if (!good) err << problems << '\n';
    // Also of a manifest that has problems: what it says clearly can be looked at.
    for (const manifest::Namespace& ns : manifest.namespaces) {
      for (const manifest::Version& version : ns.versions) {
        if (version.plugin.empty() || manifest.plugins.directory.empty()) continue;
        good = check_version({manifest, ns, version}, out, err) && good;
      }
    }
    rollout::keep_apart(manifest.rollout.state, manifest.plugins.directory);
    return good ? 0 : 1;
  } catch (const report::StartupError& error) {
    err << error.what() << '\n';
    return 1;
  }
}

}  // namespace stoa::cli
