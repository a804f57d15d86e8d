// fault_load: 100 connections talk in four namespaces, while the process of one of them is made to
// fail in every way there is. It counts what the others lose, double or hear out of turn, what is
// not answered, and what is left behind: nothing may be. Times are shown; only that the namespace
// is back in time is judged, with a bound that a loaded machine keeps.
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "bench/load/quantile.h"
#include "chorus.h"
#include "faults.h"
#include "judgement.h"

namespace stoa::load {
namespace {

using bench::quantile;

struct Options {
  unsigned faults = 28;
  uint32_t workers = 2;
  std::size_t connections = 100;
};

// Later than its backoff a namespace may be back so much, in seconds.
constexpr double kBound = 5;
// Memory is compared from here on: then all that is made once has been made.
constexpr unsigned kWarm = 100;
constexpr int64_t kGrowthKb = 4096;

class Crowd {
 public:
  Crowd(uint16_t port, std::size_t size)
      : swarm_(port, bench::Dialect::kNeffos, false),
        chorus_(size),
        connections_(swarm_.dial_all(size, chorus_, Chorus::opening_of)) {}

  void go_on(bool last = false) {
    chorus_.go_on(connections_, last);
    swarm_.poll(1);
  }
  // Lets the last answers come.
  void finish() {
    const auto deadline = Clock::now() + kit::kPatience;
    while (chorus_.missing() + chorus_.unanswered() != 0 && Clock::now() < deadline) go_on(true);
  }

  Chorus& chorus() { return chorus_; }
  [[nodiscard]] std::size_t lost() const { return swarm_.broken(); }
  [[nodiscard]] std::string trouble() const { return swarm_.trouble(); }
  [[nodiscard]] std::size_t size() const { return connections_.size(); }

 private:
  bench::Swarm swarm_;
  Chorus chorus_;
  std::vector<bench::Connection*> connections_;
};

std::string count_of(uint64_t count, const char* what) {
  return std::to_string(count) + " " + what;
}

bool judge_crowd(Crowd& crowd) {
  Chorus& chorus = crowd.chorus();
  bool good =
      judge(crowd.lost() == 0, count_of(crowd.lost(), "of ") +
                                   count_of(crowd.size(), "connections lost ") + crowd.trouble());
  for (std::size_t ns = 0; ns < kOthers.size(); ++ns) {
    const Mistakes& mistakes = chorus.mistakes(ns);
    good &= judge(mistakes.count == 0,
                  std::string(kOthers[ns]) + ": " +
                      count_of(mistakes.count, "answers or words out of turn ") + mistakes.first);
    std::vector<double>& took = chorus.round_trips(ns);
    std::printf("      answers after %.2f ms (p50), %.2f ms (p99), %.1f ms (the slowest of %zu)\n",
                quantile(took, 0.5) * 1e3, quantile(took, 0.99) * 1e3, quantile(took, 1) * 1e3,
                took.size());
  }
  good &= judge(chorus.missing() == 0, count_of(chorus.answers(), "answers and ") +
                                           count_of(chorus.words(), "words heard, ") +
                                           count_of(chorus.missing(), "missing"));
  const Mistakes& mistakes = chorus.mistakes_of_failing();
  good &= judge(mistakes.count == 0 && chorus.unanswered() == 0,
                std::string(kFailing) + ": " + count_of(chorus.versions(), "asks answered, ") +
                    count_of(chorus.unavailable(), "\"handler unavailable\", ") +
                    count_of(chorus.unanswered(), "not answered, ") +
                    count_of(mistakes.count, "answered otherwise ") + mistakes.first);
  return good;
}

bool judge_faults(const Faults& faults, unsigned wanted) {
  for (const std::string& failure : faults.failures()) std::printf("      %s\n", failure.c_str());
  bool good = judge(faults.done() == wanted && faults.failures().empty(),
                    count_of(faults.done(), "of ") + count_of(wanted, "faults, ") +
                        count_of(faults.failures().size(), "of them not as they should be"));
  if (!Faults::can_limit_threads()) {
    std::printf("      left out: threads without end, because that limit needs root\n");
  }
  std::printf("fault        times  back after its backoff and (ms): p50, slowest\n");
  double slowest = 0;
  for (const auto& [name, delays] : faults.delays()) {
    std::vector<double> sorted = delays;
    slowest = std::max(slowest, quantile(sorted, 1));
    std::printf("%-12s %5zu  %8.1f %8.1f\n", name.c_str(), delays.size(),
                quantile(sorted, 0.5) * 1e3, quantile(sorted, 1) * 1e3);
  }
  good &= judge(slowest < kBound, "the namespace is always back in time");
  return good;
}

bool judge_samples(const std::vector<FaultSample>& samples) {
  std::printf(
      "faults  resident KiB  of it anonymous  threads  descriptors  shared mappings  processes\n");
  for (const FaultSample& one : samples) {
    std::printf("%6u  %12llu  %15llu  %7llu  %11llu  %15llu  %9zu\n", one.faults,
                static_cast<unsigned long long>(one.footprint.resident_kb),
                static_cast<unsigned long long>(one.footprint.anonymous_kb),
                static_cast<unsigned long long>(one.footprint.threads),
                static_cast<unsigned long long>(one.footprint.descriptors),
                static_cast<unsigned long long>(one.shared_mappings), one.children);
  }
  bool good = !samples.empty();
  const auto same = [&](const char* what, auto of) {
    const bool is = std::ranges::all_of(
        samples, [&](const FaultSample& one) { return of(one) == of(samples.front()); });
    good &= judge(is, std::string(what) + " stay as many");
  };
  same("threads", [](const FaultSample& one) { return one.footprint.threads; });
  same("descriptors", [](const FaultSample& one) { return one.footprint.descriptors; });
  same("shared mappings", [](const FaultSample& one) { return one.shared_mappings; });
  same("processes", [](const FaultSample& one) { return one.children; });
  good &= judge(std::ranges::all_of(samples, [](const auto& one) { return one.zombies == 0; }),
                "no process is left unburied");
  const auto warm =
      std::ranges::find_if(samples, [](const FaultSample& one) { return one.faults >= kWarm; });
  if (warm == samples.end() || warm + 1 == samples.end()) return good;
  const auto grown = static_cast<int64_t>(samples.back().footprint.resident_kb) -
                     static_cast<int64_t>(warm->footprint.resident_kb);
  good &= judge(grown < kGrowthKb, "resident memory from fault " + std::to_string(warm->faults) +
                                       " to " + std::to_string(samples.back().faults) + ": " +
                                       std::to_string(grown) + " KiB more, less than " +
                                       std::to_string(kGrowthKb) + " KiB");
  return good;
}

bool run(const Options& options) {
  kit::Server server(Faults::manifest(options.workers));
  server.expect_complaints();
  Crowd crowd(server.port(), options.connections);
  Faults faults(server, {.count = options.faults});

  const auto begin = Clock::now();
  faults.start();
  while (!faults.over()) crowd.go_on();
  faults.join();
  const auto took = Clock::now() - begin;
  crowd.finish();

  std::printf("%.1f s\n", std::chrono::duration<double>(took).count());
  bool good = judge_faults(faults, options.faults);
  good &= judge_crowd(crowd);
  good &= judge_samples(faults.samples());
  return judge_end(server, good);
}

}  // namespace
}  // namespace stoa::load

int main(int argc, char** argv) {
  CLI::App app("Lets a plugin's process fail under load, and counts what its clients notice.");
  stoa::load::Options options;
  app.add_option("--faults", options.faults, "How many, of each kind in turn");
  app.add_option("--workers", options.workers, "Of the server");
  app.add_option("--connections", options.connections, "Of the clients");
  CLI11_PARSE(app, argc, argv);
  const bool good = stoa::load::run(options);
  return good && !testing::UnitTest::GetInstance()->Failed() ? 0 : 1;
}
