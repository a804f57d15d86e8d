#include "rollout/changes.h"

namespace stoa::rollout {
namespace {

std::string described(const Wanted& ns, std::size_t at) {
  const manifest::Version& version = ns.spec.versions[at];
  const Build& build = ns.builds[at];
  return "plugin " + version.plugin + " (" + build.plugin + " " + build.version + ", " +
         build.sha256.substr(0, 12) + ")";
}

std::string percent(uint32_t weight) {
  return std::to_string(weight) + " % of newcomers";
}

// Collects the changes of one namespace.
class Comparison {
 public:
  Comparison(const Wanted& before, const Wanted& after, const CountMembers& members,
             std::vector<Change>& out)
      : before_(before), after_(after), members_(members), out_(out) {}

  void compare() {
    limits();
    for (std::size_t i = 0; i < after_.spec.versions.size(); ++i) {
      if (after_.runs(after_.spec.versions[i].name)) version(i);
    }
    for (std::size_t i = 0; i < before_.spec.versions.size(); ++i) gone(i);
  }

 private:
  void add(const std::string& version, const std::string& kind, const std::string& text) {
    out_.push_back({after_.spec.name, version, kind, text, members_(after_.spec.name, version)});
  }

  void limits() {
    const manifest::Namespace& a = before_.spec;
    const manifest::Namespace& b = after_.spec;
    if (a.max_message_bytes != b.max_message_bytes || a.ask_timeout_ms != b.ask_timeout_ms) {
      add("", "limits", "max_message_bytes or ask_timeout_ms");
    }
    if (a.send_weight != b.send_weight) {
      add("", "limits", "send_weight " + std::to_string(b.send_weight));
    }
    if (a.departure != b.departure || a.stay_ms != b.stay_ms) add("", "limits", "departure");
    if (a.guard != b.guard) add("", "limits", "guard");
    if (a.queue != b.queue) add("", "limits", "queue");
    // Not by their words, which change as time goes by.
    if (before_.trial != after_.trial) {
      add("", "schedule", after_.trial ? in_words(*after_.trial) : "none");
    }
    if (before_.stable != after_.stable)
      add("", "stable", "the stable version is " + after_.stable);
  }

  void version(std::size_t at) {
    const manifest::Version& now = after_.spec.versions[at];
    const std::size_t was = before_.find(now.name);
    if (was == Wanted::npos || !before_.runs(now.name)) {
      return add(now.name, "added", described(after_, at) + ", " + percent(now.weight));
    }
    const manifest::Version& old = before_.spec.versions[was];
    if (before_.builds[was].sha256 != after_.builds[at].sha256) {
      add(now.name, "replaced", described(before_, was) + " by " + described(after_, at));
    } else if (old.config_json != now.config_json) {
      add(now.name, "reconfigured", now.config_json);
    }
    if (old.run != now.run) {
      add(now.name, "moved",
          std::string(now.run == manifest::Run::kProcess ? "it runs in a " : "it runs on a ") +
              std::string(manifest::run_text(*now.run)));
    }
    if (now.run == manifest::Run::kThread && before_.spec.threads != after_.spec.threads) {
      add(now.name, "moved", "it runs on " + std::to_string(after_.spec.threads) + " threads");
    }
    if (now.run == manifest::Run::kProcess && before_.spec.process != after_.spec.process) {
      add(now.name, "confined", "its process has other limits");
    }
    if (old.weight != now.weight) {
      add(now.name, "reweighted", std::to_string(old.weight) + " % to " + percent(now.weight));
    }
    if (old.matches != now.matches) add(now.name, "rules", "other newcomers match");
  }

  void gone(std::size_t was) {
    const std::string& name = before_.spec.versions[was].name;
    if (!before_.runs(name)) return;
    if (after_.find(name) != Wanted::npos && after_.runs(name)) return;
    add(name, "removed", described(before_, was));
  }

  const Wanted& before_;
  const Wanted& after_;
  const CountMembers& members_;
  std::vector<Change>& out_;
};

}  // namespace

std::vector<Change> changes(const Scene& before, const Scene& after, const CountMembers& members) {
  std::vector<Change> found;
  for (const Wanted& ns : after) {
    if (const Wanted* const was = find(before, ns.spec.name)) {
      Comparison(*was, ns, members, found).compare();
    } else {
      found.push_back({ns.spec.name, "", "namespace added", described(ns, 0), 0});
    }
  }
  for (const Wanted& ns : before) {
    if (find(after, ns.spec.name)) continue;
    found.push_back(
        {ns.spec.name, "", "namespace removed", described(ns, 0), members(ns.spec.name, "")});
  }
  return found;
}

std::vector<std::string> waits_for_restart(const manifest::Manifest& running,
                                           const manifest::Manifest& wanted) {
  std::vector<std::string> found;
  const auto waits = [&found](bool changed, const char* what) {
    if (changed) found.push_back(std::string(what) + " changed");
  };
  waits(wanted.server != running.server, "[server]");
  waits(wanted.log != running.log, "[log]");
  waits(wanted.plugins.directory != running.plugins.directory ||
            wanted.plugins.slow_callback_ms != running.plugins.slow_callback_ms ||
            wanted.plugins.stuck_callback_ms != running.plugins.stuck_callback_ms,
        "[plugins]");
  waits(wanted.control != running.control, "[control]");
  waits(wanted.rollout != running.rollout, "[rollout]");
  waits(wanted.static_folders != running.static_folders, "[[static]]");
  return found;
}

std::string in_words(const std::vector<Change>& changes) {
  std::string text;
  for (const Change& change : changes) {
    if (!text.empty()) text += "; ";
    text += change.ns.empty() ? "\"\"" : change.ns;
    if (!change.version.empty()) text += " " + change.version;
    text += " " + change.kind;
  }
  return text;
}

}  // namespace stoa::rollout
