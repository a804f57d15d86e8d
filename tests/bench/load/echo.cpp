#include "echo.h"

#include "scenario.h"

namespace stoa::bench {

void Script::add(const Envelope& envelope, std::string_view body) {
  echoes.push_back(envelope.around(body));
  append_masked(frames.emplace_back(), Opcode::kText, echoes.back());
}

Echoer::Echoer(std::vector<Script> scripts, std::size_t in_flight)
    : scripts_(std::move(scripts)), places_(scripts_.size()), in_flight_(in_flight) {}

void Echoer::begin(const std::vector<Connection*>& connections) {
  for (Connection* connection : connections) {
    places_[connection->index()].missing = in_flight_;
    refill(*connection);
  }
}

void Echoer::heard(Connection& connection, std::string_view message) {
  const Script& script = scripts_[connection.index()];
  Place& place = places_[connection.index()];
  if (message != script.echoes[place.hear]) {
    ++unexpected_;
    return;
  }
  if (++place.hear == script.echoes.size()) place.hear = 0;
  ++place.missing;
  ++echoes_;
}

void Echoer::read_done(Connection& connection) {
  if (connection.open()) refill(connection);
}

void Echoer::refill(Connection& connection) {
  const Script& script = scripts_[connection.index()];
  Place& place = places_[connection.index()];
  scratch_.clear();
  for (; place.missing > 0 && sent_ < limit_; --place.missing, ++sent_) {
    scratch_ += script.frames[place.say];
    if (++place.say == script.frames.size()) place.say = 0;
  }
  if (!scratch_.empty()) connection.send(scratch_);
}

namespace {

std::string namespace_of(const Options& options, std::size_t index) {
  if (options.namespaces == 0) return options.ns;
  return "n" + std::to_string(index % options.namespaces);
}

std::vector<std::string> rooms_of(const Options& options, std::size_t index) {
  std::vector<std::string> rooms;
  for (std::size_t i = 0; i < options.rooms; ++i) {
    rooms.push_back("room-" + std::to_string(index) + "-" + std::to_string(i));
  }
  return rooms;
}

Envelope envelope_of(const Options& options, const std::string& ns, const std::string& room) {
  if (options.asks) return question(options.dialect, ns, options.event, "1000000000");
  return event(options.dialect, ns, room, options.event);
}

Script script_of(const Options& options, std::size_t index) {
  Script script;
  const std::string body = body_of(options.body_bytes);
  std::vector<std::string> rooms = rooms_of(options, index);
  if (rooms.empty()) rooms.emplace_back();
  for (const std::string& room : rooms) {
    script.add(envelope_of(options, namespace_of(options, index), room), body);
  }
  return script;
}

nlohmann::json echo_counted(const Options& options, Swarm& swarm, Echoer& echoer,
                            const std::vector<Connection*>& connections) {
  echoer.limit(options.messages);
  echoer.begin(connections);
  finish(swarm, [&] { return echoer.echoes() == options.messages; });
  return {{"messages", echoer.echoes()}};
}

}  // namespace

nlohmann::json run_echo(const Options& options) {
  Swarm swarm(options.port, options.dialect, options.spin);
  std::vector<Script> scripts;
  for (std::size_t i = 0; i < options.connections; ++i) scripts.push_back(script_of(options, i));
  Echoer echoer(std::move(scripts), options.in_flight);
  const auto connections = swarm.dial_all(options.connections, echoer, [&](std::size_t i) {
    return opening(options.dialect, namespace_of(options, i), rooms_of(options, i));
  });
  if (options.messages != 0) return echo_counted(options, swarm, echoer, connections);
  echoer.begin(connections);
  swarm.run_for(options.warmup_s);

  CpuMeter cpu(options.server_pid, [&swarm] { return swarm.idle_seconds(); });
  cpu.start();
  const uint64_t echoes_before = echoer.echoes();
  const uint64_t unexpected_before = echoer.unexpected();
  const auto begin = Clock::now();
  swarm.run_for(options.seconds);
  const double elapsed = seconds_between(begin, Clock::now());
  cpu.stop();
  nlohmann::json result;
  result["rate"] = static_cast<double>(echoer.echoes() - echoes_before) / elapsed;
  result["unexpected"] = echoer.unexpected() - unexpected_before;

  echoer.stop();
  swarm.run_until([&] { return echoer.echoes() == echoer.sent(); }, 5);
  result["lost"] = echoer.sent() - echoer.echoes();
  add_common(result, cpu, swarm);
  return result;
}

}  // namespace stoa::bench
