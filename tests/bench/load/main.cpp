// bench_load: puts one kind of load on a WebSocket server of the loopback and prints what came of
// it as one line of JSON.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <map>

#include "scenario.h"

namespace {

using stoa::bench::Dialect;
using stoa::bench::Options;

using Scenario = nlohmann::json (*)(const Options&);

const std::map<std::string, Scenario> kScenarios = {{"echo", stoa::bench::run_echo},
                                                    {"ask", stoa::bench::run_ask},
                                                    {"fan-out", stoa::bench::run_fan_out},
                                                    {"idle", stoa::bench::run_idle},
                                                    {"neighbours", stoa::bench::run_neighbours},
                                                    {"storm", stoa::bench::run_storm}};

const std::map<std::string, Dialect> kDialects = {
    {"neffos", Dialect::kNeffos}, {"plain", Dialect::kPlain}, {"socketio", Dialect::kSocketIo}};

void declare(CLI::App& app, std::string& scenario, Options& options) {
  app.add_option("scenario", scenario, "echo, ask, fan-out, idle, neighbours or storm")->required();
  app.add_option("--port", options.port, "Port of the server on 127.0.0.1")->required();
  app.add_option("--pid", options.server_pid, "The server's process, to read its CPU and memory");
  app.add_option("--dialect", options.dialect, "How to speak to it")
      ->transform(CLI::CheckedTransformer(kDialects));
  app.add_option("--namespace", options.ns, "Namespace to connect to");
  app.add_option("--event", options.event, "Event that is echoed or sent on to the room");
  app.add_option("--connections", options.connections,
                 "Connections; in idle: the busy ones, in neighbours: the noisy");
  app.add_option("--in-flight", options.in_flight, "Messages under way at a time");
  app.add_option("--size", options.body_bytes, "Bytes of a message's body");
  app.add_option("--namespaces", options.namespaces, "Spread over namespaces n0, n1, ...");
  app.add_option("--rooms", options.rooms, "Rooms of its own for each connection");
  app.add_option("--idle", options.idle,
                 "Silent connections; in neighbours: those that are notified");
  app.add_flag("--asks", options.asks, "echo: questions and answers");
  app.add_option("--messages", options.messages, "Do exactly so many, not so many seconds");
  app.add_option("--rate", options.rate, "Asks or notices per second");
  app.add_flag("--spin", options.spin, "Poll without sleeping: with a core of its own");
  app.add_option("--warmup", options.warmup_s, "Seconds before the measurement");
  app.add_option("--seconds", options.seconds, "Seconds of it");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Measures a WebSocket server. One thread: pin it to a core of its own.");
  std::string scenario;
  Options options;
  declare(app, scenario, options);
  CLI11_PARSE(app, argc, argv);
  const auto found = kScenarios.find(scenario);
  if (found == kScenarios.end()) {
    std::fprintf(stderr, "There is no scenario \"%s\": see --help.\n", scenario.c_str());
    return 1;
  }
  try {
    std::printf("%s\n", found->second(options).dump().c_str());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", scenario.c_str(), error.what());
    return 1;
  }
}
