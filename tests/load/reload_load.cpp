// reload_load: 100 connections talk in three namespaces, while the plugin of one of them is
// replaced again and again. It counts what is lost, doubled or out of turn, and what grows: nothing
// may be. Round trips are measured and shown, and judged by nobody.
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "bench/load/quantile.h"
#include "judgement.h"
#include "reloads.h"
#include "talk.h"

namespace stoa::load {
namespace {

using bench::quantile;

struct Options {
  unsigned reloads = 60;
  uint32_t workers = 2;
  std::size_t connections = 100;
  unsigned every_ms = 0;
};

// Memory is compared from here on: then all that is made once has been made.
constexpr unsigned kWarm = 100;
constexpr uint64_t kGrowthKb = 1024;

// The connections and what they came to.
class Crowd {
 public:
  Crowd(uint16_t port, std::size_t size)
      : swarm_(port, bench::Dialect::kNeffos, false),
        talk_(size),
        connections_(swarm_.dial_all(size, talk_, Talk::opening_of)) {}

  // One round. `may_leave`: those who come and go do.
  void go_on(bool may_leave, bool last = false) {
    talk_.go_on(connections_, last);
    swarm_.poll(1);
    for (bench::Connection*& one : connections_) {
      if (one->closed()) fail(one->trouble());
      const bool leaves = one->open() && may_leave && talk_.leaves(one->index());
      if (leaves || one->closed()) replace(one);
    }
  }
  [[nodiscard]] bool all_open() const {
    return std::ranges::all_of(connections_, [](const auto* one) { return one->open(); });
  }
  // Lets the last answers come.
  void finish() {
    const auto deadline = bench::Clock::now() + kit::kPatience;
    while (!(all_open() && talk_.complete()) && bench::Clock::now() < deadline) go_on(false, true);
    if (!all_open()) broken_.add("Not all connections are open in the end.");
  }

  Talk& talk() { return talk_; }
  [[nodiscard]] const Mistakes& broken() const { return broken_; }
  [[nodiscard]] uint64_t came() const { return came_; }

 private:
  void fail(const std::string& trouble) { broken_.add(trouble); }
  void replace(bench::Connection*& one) {
    const std::size_t index = one->index();
    talk_.replaced(index);
    one = &swarm_.replace(*one, talk_, Talk::opening_of(index));
    ++came_;
  }

  bench::Swarm swarm_;
  Talk talk_;
  std::vector<bench::Connection*> connections_;
  Mistakes broken_;
  uint64_t came_ = 0;
};

// Round trips of the calm namespaces in seconds, by what the operator did meanwhile.
class RoundTrips {
 public:
  // What was measured since the last call belongs to the stretch that was named then.
  void sort_in(Talk& talk, Stretch now) {
    if (now == stretch_) return;
    std::vector<double> taken = talk.take_round_trips();
    std::vector<double>& into = stretch_ == Stretch::kReloading ? busy_ : quiet_;
    if (stretch_ != Stretch::kCounting) into.insert(into.end(), taken.begin(), taken.end());
    stretch_ = now;
  }

  void show() {
    for (const double q : {0.5, 0.99}) {
      const double before = quantile(quiet_, q) * 1e6;
      const double during = quantile(busy_, q) * 1e6;
      std::printf(
          "asks of the calm namespaces, p%.0f: %.0f us of %zu without reloads, "
          "%.0f us of %zu with: %.2f\n",
          q * 100, before, quiet_.size(), during, busy_.size(), before > 0 ? during / before : 0);
    }
  }

 private:
  std::vector<double> quiet_;
  std::vector<double> busy_;
  Stretch stretch_ = Stretch::kCounting;
};

bool judge_talk(Crowd& crowd) {
  bool good = true;
  for (std::size_t ns = 0; ns < kNamespaces.size(); ++ns) {
    const Mistakes& mistakes = crowd.talk().mistakes(ns);
    good &= judge(mistakes.count == 0, std::string(kNamespaces[ns]) + ": " +
                                           std::to_string(mistakes.count) +
                                           " answers or words out of turn " + mistakes.first);
  }
  good &= judge(crowd.talk().missing() == 0,
                std::to_string(crowd.talk().answers()) + " answers and " +
                    std::to_string(crowd.talk().words()) + " words heard, " +
                    std::to_string(crowd.talk().missing()) + " missing");
  good &=
      judge(crowd.broken().count == 0, std::to_string(crowd.came()) + " came while it went on, " +
                                           std::to_string(crowd.broken().count) +
                                           " connections failed " + crowd.broken().first);
  return good;
}

bool judge_reloads(const Reloads& reloads, unsigned wanted) {
  for (const std::string& failure : reloads.failures()) std::printf("      %s\n", failure.c_str());
  return judge(reloads.done() == wanted && reloads.failures().empty(),
               std::to_string(reloads.done()) + " of " + std::to_string(wanted) + " reloads, " +
                   std::to_string(reloads.failures().size()) + " failures");
}

bool judge_samples(const std::vector<Sample>& samples) {
  std::printf("reloads  resident KiB  of it anonymous  threads  descriptors  libraries\n");
  for (const Sample& one : samples) {
    std::printf("%7u  %12llu  %15llu  %7llu  %11llu  %9zu\n", one.reloads,
                static_cast<unsigned long long>(one.footprint.resident_kb),
                static_cast<unsigned long long>(one.footprint.anonymous_kb),
                static_cast<unsigned long long>(one.footprint.threads),
                static_cast<unsigned long long>(one.footprint.descriptors), one.libraries);
  }
  bool good = true;
  // Since both libraries are there: each has a descriptor.
  const auto both =
      std::ranges::find_if(samples, [](const Sample& one) { return one.reloads > 1; });
  const auto same = [&](const char* what, auto of) {
    const bool is =
        std::all_of(both, samples.end(), [&](const Sample& one) { return of(one) == of(*both); });
    good &= judge(is, std::string(what) + " stay as many");
  };
  same("threads", [](const Sample& one) { return one.footprint.threads; });
  same("descriptors", [](const Sample& one) { return one.footprint.descriptors; });
  good &= judge(std::ranges::all_of(samples, [](const Sample& one) { return one.libraries <= 2; }),
                "at most the 2 libraries that there are");
  const auto warm =
      std::ranges::find_if(samples, [](const Sample& one) { return one.reloads >= kWarm; });
  if (warm == samples.end() || warm + 1 == samples.end()) return good;
  const auto grown = static_cast<int64_t>(samples.back().footprint.resident_kb) -
                     static_cast<int64_t>(warm->footprint.resident_kb);
  good &= judge(grown < static_cast<int64_t>(kGrowthKb),
                "resident memory from reload " + std::to_string(warm->reloads) + " to " +
                    std::to_string(samples.back().reloads) + ": " + std::to_string(grown) +
                    " KiB more, less than " + std::to_string(kGrowthKb) + " KiB");
  return good;
}

bool run(const Options& options) {
  kit::Server server(Reloads::manifest("mover_1", options.workers));
  Crowd crowd(server.port(), options.connections);
  Reloads reloads(server, {.count = options.reloads,
                           .every = std::chrono::milliseconds(options.every_ms),
                           .connections = options.connections});

  const auto begin = bench::Clock::now();
  RoundTrips round_trips;
  reloads.start(options.workers);
  while (!reloads.over()) {
    const bool still = reloads.wants_stillness();
    crowd.go_on(!still);
    round_trips.sort_in(crowd.talk(), reloads.stretch());
    if (still && crowd.all_open()) reloads.still();
  }
  reloads.join();
  const auto took = bench::Clock::now() - begin;
  crowd.finish();

  std::printf("%.1f s\n", std::chrono::duration<double>(took).count());
  round_trips.show();
  bool good = judge_reloads(reloads, options.reloads);
  good &= judge_talk(crowd);
  good &= judge_samples(reloads.samples());
  return judge_end(server, good);
}

}  // namespace
}  // namespace stoa::load

int main(int argc, char** argv) {
  CLI::App app("Reloads a server's plugin under load, and counts what its clients notice.");
  stoa::load::Options options;
  app.add_option("--reloads", options.reloads, "How many");
  app.add_option("--every", options.every_ms, "Milliseconds from one to the next, at least");
  app.add_option("--workers", options.workers, "Of the server");
  app.add_option("--connections", options.connections, "Of the clients");
  CLI11_PARSE(app, argc, argv);
  const bool good = stoa::load::run(options);
  // What a sanitizer said of the server is a failure of the kit's.
  return good && !testing::UnitTest::GetInstance()->Failed() ? 0 : 1;
}
