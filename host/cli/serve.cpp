#include "cli/serve.h"

#include <chrono>
#include <cstdlib>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "cli/signal_thread.h"
#include "manifest/manifest.h"
#include "net/server.h"
#include "ops/commands.h"
#include "plugin/crash.h"
#include "report/log.h"
#include "report/startup_error.h"
#include "rollout/rollouts.h"
#include "routing/router.h"
#include "routing/watchdog.h"
#include "wire/frame.h"

namespace stoa::cli {
namespace {

// One line with everything that was counted.
void write_stats(routing::Router& router, rollout::Rollouts& rollouts, report::Log& log) {
  std::map<std::string_view, uint64_t> sums;
  for (const auto& shard : router.shards()) {
    shard->counters().each([&](std::string_view name, const routing::Counter& counter) {
      sums[name] += counter.value();
    });
  }
  sums["frames_built"] = wire::Frame::built();
  sums["rollouts"] = rollouts.status().rollout;
  sums["guard_trips"] = rollouts.guard_trips();
  std::vector<std::string> values;
  values.reserve(sums.size());
  std::vector<report::Field> fields;
  for (const auto& [name, value] : sums) {
    values.push_back(std::to_string(value));
    fields.push_back({name, values.back()});
  }
  log.info("stats", "counted so far", fields);
  for (const auto& ns : router.namespaces()) {
    for (const auto& [name, value] : ns->numbers()) {
      const std::string text = std::to_string(value);
      const report::Field field[] = {{"namespace", ns->name()}, {name, text}};
      log.info("stats", "counted by the plugin", field);
    }
  }
}

routing::Limits limits_of(const manifest::Server& server, const manifest::Plugins& plugins) {
  routing::Limits limits;
  limits.namespaces_per_connection = server.max_namespaces_per_connection;
  limits.rooms_per_connection = server.max_rooms_per_connection;
  limits.send_queue_bytes = server.send_queue_bytes;
  limits.ask_timeout = std::chrono::milliseconds(server.ask_timeout_ms);
  limits.slow_callback = std::chrono::milliseconds(plugins.slow_callback_ms);
  limits.stuck_callback = std::chrono::milliseconds(plugins.stuck_callback_ms);
  return limits;
}

}  // namespace

int run_serve(const std::filesystem::path& config, std::ostream& out) {
  const auto started = std::chrono::steady_clock::now();
  const manifest::Manifest manifest = manifest::load(config, manifest::process_environment);
  report::Log log(report::level_named(manifest.log.level).value_or(report::Level::kInfo));
  plugin::name_culprit_on_crash();
  plugin::tell_whence_crashes_came();
  const std::chrono::milliseconds grace(manifest.server.drain_grace_ms);
  SignalThread signals(net::Server::drain_time(grace), log);
  routing::Router router(limits_of(manifest.server, manifest.plugins),
                         net::Server::worker_count(manifest.server), log);
  rollout::Rollouts rollouts(manifest, router, log);
  {
    routing::Watchdog watchdog(router);
    net::Server server(manifest, router);
    std::optional<ops::ControlSocket> control;
    if (!manifest.control.socket.empty()) {
      control.emplace(manifest.control.socket, static_cast<mode_t>(manifest.control.socket_mode),
                      ops::commands(rollouts, router, watchdog, {STOA_VERSION, started}), log);
    }
    server.start();
    rollouts.start();
    signals.lead_to({.drain =
                         [&] {
                           rollouts.drain();
                           server.drain(grace);
                         },
                     .stop = [&] { server.stop(); },
                     .reload = [&] { rollouts.reload_soon(); },
                     .stats = [&] { write_stats(router, rollouts, log); }});
    for (const std::string& url : server.urls()) out << "listening " << url << '\n';
    out << std::flush;
    server.wait();
    signals.forget_actions();
    rollouts.stop();
    control.reset();
  }
  const bool all_ended = rollouts.retire();
  if (!all_ended) plugin::name_who_hangs();
  write_stats(router, rollouts, log);
  // Whoever is stuck in a plugin may come back as long as the process is there.
  if (router.is_left_to_somebody()) std::_Exit(all_ended ? 0 : SignalThread::kGaveUp);
  return 0;
}

}  // namespace stoa::cli
