#include "rollout/memory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

#include "plugin/contents.h"
#include "plugin/crash.h"
#include "plugin/file_descriptor.h"
#include "plugin/paths.h"
#include "report/startup_error.h"
#include "rollout/part.h"
#include "rollout/scene_json.h"

namespace stoa::rollout {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kFormat = 1;
constexpr std::size_t kMostCrashes = 16;  // that are kept until a server has started

[[noreturn]] void fail(const char* what, const fs::path& path) {
  throw std::system_error(errno, std::generic_category(), what + path.string());
}

// The file is there whole, also after the power failed, or is what it was.
void replace(const fs::path& path, std::string_view bytes) {
  const fs::path beside = path.string() + ".new";
  {
    const plugin::FileDescriptor out(
        ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!out.open()) fail("cannot write ", beside);
    while (!bytes.empty()) {
      const ssize_t written = ::write(out.number(), bytes.data(), bytes.size());
      if (written < 0 && errno != EINTR) fail("cannot write ", beside);
      if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(out.number()) != 0) fail("cannot write ", beside);
  }
  fs::rename(beside, path);
}

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

fs::path libraries_in(const fs::path& folder) {
  return folder / "plugins";
}

// Without symbolic links, as far as it is there.
fs::path resolved(const fs::path& path) {
  std::error_code error;
  const fs::path found = fs::weakly_canonical(path, error);
  return error ? path.lexically_normal() : found;
}

bool is_within(const fs::path& inner, const fs::path& outer) {
  const fs::path in = resolved(inner);
  const fs::path out = resolved(outer);
  return std::mismatch(out.begin(), out.end(), in.begin(), in.end()).first == out.end();
}

// For this user only, unless it is there already.
void make_folder(const fs::path& folder) {
  const fs::path named = folder.has_filename() ? folder : folder.parent_path();
  fs::create_directories(named.parent_path());
  if (::mkdir(named.c_str(), 0700) != 0 && errno != EEXIST) fail("cannot make the folder ", named);
}

// Is the file there, with these contents?
bool is_whole(const fs::path& path, const std::string& sha256, plugin::Digests& digests) {
  try {
    return digests.of(plugin::open_anywhere(path), path) == sha256;
  } catch (const report::StartupError&) {
    return false;
  }
}

// Also if what is there was damaged.
void keep(const fs::path& path, const plugin::Library& library, plugin::Digests& digests) {
  if (is_whole(path, library.sha256(), digests)) return;
  const std::string bytes = read(library.copy());
  if (plugin::sha256_hex(bytes) != library.sha256()) {
    throw std::runtime_error("the copy of plugin \"" + library.source().string() +
                             "\" that was loaded, " + library.copy().string() +
                             ", was changed since");
  }
  replace(path, bytes);
}

// "<64 digits>.so", or what replace() calls it until it is whole.
bool is_copy_name(std::string_view name) {
  constexpr std::size_t kDigits = 64;
  const std::string_view digits = name.substr(0, kDigits);
  const std::string_view rest = name.substr(digits.size());
  return digits.size() == kDigits &&
         digits.find_first_not_of("0123456789abcdef") == std::string_view::npos &&
         (rest == ".so" || rest == ".so.new");
}

}  // namespace

void keep_apart(const fs::path& folder, const fs::path& plugins) {
  if (folder.empty() || plugins.empty()) return;
  const fs::path kept = libraries_in(folder);
  if (!is_within(kept, plugins) && !is_within(plugins, kept)) return;
  throw report::StartupError(
      "rollout.state: the server keeps copies of plugins in " + kept.string() +
      ", and plugins.directory is " + plugins.string() +
      ": neither may lie within the other; name another folder for one of them");
}

Memory::Memory(fs::path folder, const fs::path& plugins, report::Log& log)
    : folder_(std::move(folder)), log_(log) {
  if (folder_.empty()) return;
  keep_apart(folder_, plugins);
  try {
    make_folder(folder_);
    make_folder(libraries());
  } catch (const std::system_error& error) {
    log_.error(kPart, std::string(error.what()) + "; rollouts will not be remembered");
    return;
  }
  lock_ = plugin::FileDescriptor(
      ::open((folder_ / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock_.open() && ::flock(lock_.number(), LOCK_EX | LOCK_NB) != 0) {
    throw report::StartupError("another server remembers its rollouts in " + folder_.string() +
                               ": give each a [rollout] state of its own");
  }
}

fs::path Memory::libraries() const {
  return libraries_in(folder_);
}

std::vector<Rollout> Memory::recall() {
  std::vector<Rollout> found;
  const fs::path file = folder_ / "rollouts.json";
  std::error_code none;
  if (folder_.empty() || !fs::exists(file, none)) return found;
  try {
    const json all = json::parse(read(file));
    if (all.at("format") != kFormat) throw std::runtime_error("it has another format");
    for (const json& one : all.at("rollouts")) found.push_back(rollout_from(one));
    return found;
  } catch (const std::exception& error) {
    fs::rename(file, file.string() + ".broken", none);
    log_.error(kPart, "cannot understand " + file.string() + ": " + error.what() +
                          "; it is put aside as rollouts.json.broken, and what serves is what the "
                          "manifest says");
    return {};
  }
}

std::vector<Memory::Crash> Memory::crashes() {
  std::vector<Crash> found;
  if (folder_.empty()) return found;
  const fs::path file = folder_ / "crash";
  std::istringstream noted(read(file));
  for (Crash one; noted >> one.sha256 >> one.version && noted.get() == ' ';) {
    if (std::getline(noted, one.ns)) found.push_back(one);
  }
  // A server that crashes whenever it is started does not fill the disk.
  const int afresh = found.size() < kMostCrashes ? 0 : O_TRUNC;
  crash_ = plugin::FileDescriptor(
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | afresh, 0600));
  plugin::keep_crash_in(crash_.number());
  return found;
}

void Memory::forget_crashes() {
  if (!crash_.open() || ::ftruncate(crash_.number(), 0) == 0) return;
  log_.error(kPart, "cannot empty " + (folder_ / "crash").string() +
                        ": the crashes in it will be judged again at the next start");
}

void Memory::remember(const std::vector<Rollout>& history) {
  if (folder_.empty()) return;
  try {
    keep_libraries(history);
    json rollouts = json::array();
    for (const Rollout& one : history) rollouts.push_back(to_json(one));
    write(json{{"format", kFormat}, {"rollouts", std::move(rollouts)}}.dump(
        -1, ' ', true, json::error_handler_t::replace));
  } catch (const std::exception& error) {
    log_.error(kPart, std::string("this rollout will not be remembered: ") + error.what());
  }
}

void Memory::write(const std::string& text) const {
  replace(folder_ / "rollouts.json", text);
}

void Memory::keep_libraries(const std::vector<Rollout>& history) {
  std::set<std::string> named;
  std::set<std::string> kept_now;
  for (const Rollout& one : history) {
    for (const Wanted& ns : one.scene) {
      for (const Build& build : ns.builds) {
        const std::string name = build.sha256 + ".so";
        named.insert(name);
        // Of what was only remembered there is nothing but the copy that is kept already.
        if (!build.library || !kept_now.insert(name).second) continue;
        keep(libraries() / name, *build.library, digests_);
      }
    }
  }
  for (const auto& entry : fs::directory_iterator(libraries())) {
    const std::string name = entry.path().filename().string();
    if (is_copy_name(name) && !named.contains(name)) fs::remove(entry.path());
  }
}

}  // namespace stoa::rollout
