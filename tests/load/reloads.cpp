#include "reloads.h"

#include <algorithm>
#include <set>

#include "bench/load/meter.h"
#include "cli/control_client.h"

namespace stoa::load {
namespace {

using bench::Clock;
using cli::ControlOutcome;

constexpr unsigned kBout = 10;  // reloads

ControlOutcome ask(const kit::Server& server, const char* command) {
  return cli::ask_server(server.folder().path() / "control.sock", {{"command", command}},
                         std::chrono::seconds(60), [](std::string_view) {});
}

// Are all versions there to stay, and all connections those that the test has?
bool is_calm(const nlohmann::ordered_json& status, std::size_t connections) {
  for (const auto& ns : status.at("namespaces")) {
    for (const auto& version : ns.at("versions")) {
      if (version.at("state") == "leaving") return false;
    }
  }
  return status.at("server").at("connections") == connections;
}

}  // namespace

kit::Manifest Reloads::manifest(const std::string& plugin, uint32_t workers) {
  return {.workers = workers,
          .server = {},
          .rest =
              "[log]\nlevel = \"warn\"\n[control]\nsocket = \"control.sock\"\n"
              "[namespace.changing]\nplugin = \"" +
              plugin +
              "\"\ndeparture = [\"move\"]\n"
              "[namespace.calm1]\nplugin = \"mover_1\"\n"
              "[namespace.calm2]\nplugin = \"mover_1\"\n",
          .plugins = kit::fixture_plugins()};
}

void Reloads::start(uint32_t workers) {
  thread_ = std::thread([this, workers] { run(workers); });
}

void Reloads::run(uint32_t workers) {
  sample(0);
  auto bout = Clock::now();
  for (unsigned i = 1; i <= options_.count && failures_.size() < 10; ++i) {
    stretch_ = Stretch::kReloading;
    const auto next = Clock::now() + options_.every;
    reload(i % 2 == 0 ? "mover_1" : "mover_2", workers);
    std::this_thread::sleep_until(next);  // the operator's pace
    // After the second one both libraries are there.
    const bool counts = i == 2 || i % options_.sample_every == 0 || i == options_.count;
    if (!counts && i % kBout != 0) continue;
    rest(bout);
    if (counts) sample(i);
    bout = Clock::now();
  }
  over_ = true;
}

void Reloads::rest(Clock::time_point since) {
  stretch_ = Stretch::kResting;
  std::this_thread::sleep_for(Clock::now() - since);
}

void Reloads::reload(const std::string& plugin, uint32_t workers) {
  server_.folder().write("stoa.toml", manifest(plugin, workers).text());
  const ControlOutcome outcome = ask(server_, "reload");
  if (outcome.end != ControlOutcome::End::kAnswered) return failures_.push_back(outcome.error);
  if (outcome.result.at("rollout") == 0) {
    failures_.emplace_back("A reload changed nothing.");
    return;
  }
  ++done_;
}

void Reloads::still() {
  const report::MutexLock lock(mutex_);
  still_ = true;
  changed_.notify_all();
}

void Reloads::sample(unsigned reloads) {
  stretch_ = Stretch::kCounting;
  wants_stillness_ = true;
  {
    const report::MutexLock lock(mutex_);
    const bool came =
        changed_.wait_for(mutex_, kit::kPatience, [&]() REQUIRES(mutex_) { return still_; });
    if (!came) failures_.emplace_back("Not all connections were open for a sample.");
    still_ = false;
  }
  Sample taken = settled();
  taken.reloads = reloads;
  // What the question just answered took goes away a little later.
  taken.footprint = least_footprint_of(server_.pid(), std::chrono::milliseconds(200));
  samples_.push_back(taken);
  wants_stillness_ = false;
}

Sample Reloads::settled() {
  const auto deadline = Clock::now() + kit::kPatience;
  for (;;) {
    const ControlOutcome outcome = ask(server_, "status");
    if (outcome.end != ControlOutcome::End::kAnswered) {
      failures_.push_back(outcome.error);
      return {};
    }
    const auto& status = outcome.result;
    if (!is_calm(status, options_.connections) && Clock::now() < deadline) continue;
    if (!is_calm(status, options_.connections)) failures_.push_back("Not calm: " + status.dump());
    std::set<std::string> used;
    for (const auto& ns : status.at("namespaces")) {
      for (const auto& version : ns.at("versions")) used.insert(version.at("sha256"));
    }
    const std::size_t retired = status.at("retired").size();
    return {.libraries = used.size() + retired, .retired = retired};
  }
}

}  // namespace stoa::load
