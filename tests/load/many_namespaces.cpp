// many_namespaces: a server with a third of its namespaces on the loop, a third on threads and a
// third in processes. Each must answer; then, while nobody is there, it must use next to no time on
// the processor and wake up rarely. How long it takes to start and its memory are shown.
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <array>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>

#include "bench/load/meter.h"
#include "footprint.h"
#include "judgement.h"
#include "kit/client.h"
#include "kit/server.h"

namespace stoa::load {
namespace {

using bench::Clock;

struct Options {
  std::size_t namespaces = 200;
  double seconds = 10;
};

constexpr double kShare = 0.01;  // of a core
// The server looks for callbacks that take long 40 times a second, and nobody else has anything to
// do, however many they are.
constexpr double kSleepsPerSecond = 60;
constexpr std::array kRuns = {"loop", "thread", "process"};

std::string name_of(std::size_t i) {
  return "n" + std::to_string(i);
}

kit::Manifest manifest(const Options& options) {
  std::string rest = "[log]\nlevel = \"warn\"\n";
  for (std::size_t i = 0; i < options.namespaces; ++i) {
    rest += "[namespace." + name_of(i) + "]\nplugin = \"mover_1\"\nrun = \"" +
            kRuns[i % kRuns.size()] + "\"\n";
  }
  return {.workers = 2,
          .server = "max_namespaces_per_connection = " + std::to_string(options.namespaces) + "\n",
          .rest = rest,
          .plugins = kit::fixture_plugins()};
}

// The server and its processes.
struct Use {
  double cpu_seconds = 0;
  uint64_t sleeps = 0;
};

Use use_of(pid_t server) {
  Use use{bench::cpu_seconds(server), sleeps_of(server)};
  for (const Child& child : children_of(server)) {
    use.cpu_seconds += bench::cpu_seconds(child.pid);
    use.sleeps += sleeps_of(child.pid);
  }
  return use;
}

void show_memory(pid_t server) {
  uint64_t all = proportional_kb_of(server);
  const auto children = children_of(server);
  for (const Child& child : children) all += proportional_kb_of(child.pid);
  std::printf(
      "      the server: %.1f MiB resident, %.1f MiB its share; with its %zu processes: "
      "%.1f MiB\n",
      static_cast<double>(footprint_of(server).resident_kb) / 1024,
      static_cast<double>(proportional_kb_of(server)) / 1024, children.size(),
      static_cast<double>(all) / 1024);
}

bool all_answer(const kit::Server& server, const Options& options) {
  kit::Client client(server.url());
  for (std::size_t i = 0; i < options.namespaces; ++i) client.declare(name_of(i));
  std::size_t answered = 0;
  for (std::size_t i = 0; i < options.namespaces; ++i) {
    answered += client.connect(name_of(i)).ask("version") == "1.0.0" ? 1 : 0;
  }
  return judge(answered == options.namespaces, std::to_string(answered) + " of " +
                                                   std::to_string(options.namespaces) +
                                                   " namespaces answer");
}

bool is_idle(const kit::Server& server, double seconds) {
  const Use before = use_of(server.pid());
  const auto begin = Clock::now();
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));  // that is what is measured
  const double elapsed = bench::seconds_between(begin, Clock::now());
  const Use after = use_of(server.pid());
  const double share = (after.cpu_seconds - before.cpu_seconds) / elapsed;
  const double sleeps = static_cast<double>(after.sleeps - before.sleeps) / elapsed;
  std::array<char, 128> text;
  std::snprintf(text.data(), text.size(), "idle for %.0f s: %.2f %% of a core, less than %.0f %%",
                elapsed, share * 100, kShare * 100);
  const bool good = judge(share < kShare, text.data());
  std::snprintf(text.data(), text.size(), "%.1f wake-ups a second, less than %.0f", sleeps,
                kSleepsPerSecond);
  return judge(sleeps < kSleepsPerSecond, text.data()) && good;
}

bool run(const Options& options) {
  const auto begin = Clock::now();
  kit::Server server(manifest(options));
  std::printf("      %zu namespaces: listening %.2f s after it was started\n", options.namespaces,
              bench::seconds_between(begin, Clock::now()));
  bool good = all_answer(server, options);
  show_memory(server.pid());
  good &= is_idle(server, options.seconds);
  return judge_end(server, good);
}

}  // namespace
}  // namespace stoa::load

int main(int argc, char** argv) {
  CLI::App app("Starts a server with many namespaces, and watches it do nothing.");
  stoa::load::Options options;
  app.add_option("--namespaces", options.namespaces, "How many");
  app.add_option("--seconds", options.seconds, "How long it is watched");
  CLI11_PARSE(app, argc, argv);
  const bool good = stoa::load::run(options);
  return good && !testing::UnitTest::GetInstance()->Failed() ? 0 : 1;
}
