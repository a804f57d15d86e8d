#include "routing/reconfigure.h"

#include <algorithm>
#include <utility>

namespace stoa::routing {
namespace {

constexpr std::string_view kPart = "reload";

const manifest::Namespace* find(const manifest::Manifest& in, const std::string& name) {
  const auto at = std::ranges::find(in.namespaces, name, &manifest::Namespace::name);
  return at == in.namespaces.end() ? nullptr : &*at;
}

bool same_limits(const manifest::Namespace& a, const manifest::Namespace& b) {
  return a.max_message_bytes == b.max_message_bytes && a.ask_timeout_ms == b.ask_timeout_ms;
}

// One line for each kind of change that only a restart brings.
void name_what_waits(report::Log& log, const manifest::Manifest& running,
                     const manifest::Manifest& wanted) {
  const auto waits = [&log](bool changed, std::string_view what) {
    if (changed) log.warn(kPart, std::string(what) + " changed: that waits for a restart");
  };
  waits(wanted.server != running.server, "[server]");
  waits(wanted.log != running.log, "[log]");
  waits(wanted.plugins != running.plugins, "[plugins]");
  waits(wanted.static_folders != running.static_folders, "[[static]]");
  bool set = wanted.namespaces.size() != running.namespaces.size();
  bool plugin = false;
  bool limits = false;
  for (const manifest::Namespace& ns : wanted.namespaces) {
    const manifest::Namespace* const before = find(running, ns.name);
    set = set || !before;
    plugin = plugin || (before && before->versions.front().plugin != ns.versions.front().plugin);
    limits = limits || (before && !same_limits(*before, ns));
  }
  waits(set, "the set of namespaces");
  waits(plugin, "the plugin of a namespace");
  waits(limits, "a limit of a namespace");
}

// On the namespace's home worker. One at a time: what the manifest says while the plugin thinks
// about the last one comes when it has answered.
void deliver(Shard& shard, Namespace& ns, const std::string& json) {
  if (ns.config_offer().open) {
    ns.config_offer().next = json;
    return;
  }
  if (ns.config_json() == json) return;
  report::Log& log = shard.log();
  const auto say = [&log, &ns](report::Level level, std::string_view text, std::string_view why) {
    const report::Field fields[] = {
        {"namespace", ns.name()}, {"plugin", ns.speaker()}, {"reason", why}};
    log.write(level, kPart, text, std::span(fields, why.empty() ? 2 : 3));
  };
  if (!ns.instance().handles(STOA_EVENT_CONFIG)) {
    return say(report::Level::kWarn,
               "the plugin does not take a new config while it runs: it waits for a restart", "");
  }
  stoa_event event = make_event(STOA_EVENT_CONFIG, STOA_BY_HOST, 0);
  event.body = as_bytes(json);
  ns.config_offer().open = true;
  shard.calls().decide(ns, event, [&shard, &ns, json, say](const Outcome& outcome) {
    if (outcome.denied()) {
      say(report::Level::kError, "the plugin refused its new config and keeps the old one",
          outcome.body);
    } else {
      ns.keep_config(json);
      say(report::Level::kInfo, "the plugin took its new config", "");
    }
    ns.config_offer().open = false;
    if (const auto next = std::exchange(ns.config_offer().next, std::nullopt)) {
      deliver(shard, ns, *next);
    }
  });
}

}  // namespace

void reconfigure(Router& router, const manifest::Manifest& running,
                 const manifest::Manifest& wanted) {
  name_what_waits(router.log(), running, wanted);
  for (const manifest::Namespace& entry : wanted.namespaces) {
    const manifest::Namespace* const before = find(running, entry.name);
    Namespace* const ns = router.find(entry.name);
    // A config for another plugin is not for the one that runs.
    if (!ns || !before || before->versions.front().plugin != entry.versions.front().plugin)
      continue;
    const bool put = router.home(*ns).inbox().put([ns, json = entry.versions.front().config_json](
                                                      Shard& shard) { deliver(shard, *ns, json); });
    if (!put) router.log().error(kPart, "a worker's inbox is full: try again later");
  }
}

}  // namespace stoa::routing
