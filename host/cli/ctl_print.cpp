#include "cli/ctl_print.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/entrance.h"
#include "cli/table.h"
#include "cli/units.h"

namespace stoa::cli {
namespace {

using Json = nlohmann::ordered_json;

// As many digits of a SHA-256 as tell two files apart.
constexpr std::size_t kShaShown = 12;

std::string text(const Json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  if (found == object.end() || !found->is_string()) return {};
  return one_line(found->get_ref<const std::string&>());
}

uint64_t number(const Json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found != object.end() && found->is_number_unsigned() ? found->get<uint64_t>() : 0;
}

std::string digits(const Json& object, const char* key) {
  return std::to_string(number(object, key));
}

bool flag(const Json& object, const char* key) {
  return object.is_object() && object.contains(key) && object[key] == true;
}

const Json& member(const Json& object, const char* key) {
  static const Json kNone = Json::array();
  return object.is_object() && object.contains(key) ? object[key] : kNone;
}

// The empty name is one, too.
std::string name_of(const Json& object, const char* key) {
  std::string name = text(object, key);
  return name.empty() ? "\"\"" : name;
}

std::string members(uint64_t count) {
  return std::to_string(count) + (count == 1 ? " member" : " members");
}

class Painter {
 public:
  Painter(bool terminal, std::ostream& out) : terminal_(terminal), out_(out) {}

  void status(const Json& result) const;
  void changes(const Json& result) const;
  void history(const Json& result) const;

 private:
  void server(const Json& server) const;
  void callbacks(const Json& callbacks) const;
  void ns(const Json& ns) const;
  void troubles(const Json& version) const;
  void versions(const Json& ns) const;
  void retired(const Json& retired) const;

  [[nodiscard]] std::string bold(const std::string& text) const { return in("\x1b[1m", text); }
  [[nodiscard]] std::string yellow(const std::string& text) const { return in("\x1b[33m", text); }
  [[nodiscard]] std::string in(const char* colour, const std::string& text) const {
    return terminal_ ? colour + text + "\x1b[0m" : text;
  }

  const bool terminal_;
  std::ostream& out_;
};

void Painter::status(const Json& result) const {
  server(member(result, "server"));
  callbacks(member(result, "callbacks"));
  for (const Json& each : member(result, "namespaces")) ns(each);
  retired(member(result, "retired"));
}

void Painter::server(const Json& server) const {
  out_ << "stoa " << text(server, "version") << " (plugin ABI " << text(server, "abi") << "), pid "
       << digits(server, "pid") << ", up " << long_time(number(server, "uptime_s")) << '\n'
       << digits(server, "connections") << " connections, rollout " << digits(server, "rollout")
       << (flag(server, "draining") ? ", " + yellow("draining") : "") << '\n'
       << "manifest " << text(server, "manifest") << '\n';
}

void Painter::callbacks(const Json& callbacks) const {
  for (const Json& each : callbacks) {
    out_ << yellow(name_of(each, "namespace") + " " + text(each, "version") + ": " +
                   text(each, "event") + " runs on " + text(each, "where") + " for " +
                   short_time(number(each, "ms") * 1000) + ", since " + text(each, "since"))
         << '\n';
  }
}

// What an operator should know of a version that has had any.
void Painter::troubles(const Json& version) const {
  const std::string name = "  " + text(version, "name");
  if (const std::string why = text(version, "trouble"); !why.empty()) {
    const bool often = number(version, "failures") > 1;
    const std::string times =
        often ? digits(version, "failures") + " times, the last time" : "once";
    out_ << yellow(name + " failed " + times + ": " + why) << '\n';
  }
  std::string queue;
  const auto add = [&](const char* key, const std::string& what) {
    if (number(version, key) != 0) queue += ", " + digits(version, key) + " " + what;
  };
  add("queued", "wait");
  add("dropped", "were dropped");
  add("refused", "were refused");
  add("pushed_back", "times a connection was not read");
  if (!queue.empty()) out_ << yellow(name + "'s queue: " + queue.substr(2)) << '\n';
  if (const auto slow = number(version, "slow"); slow != 0) {
    const std::string callbacks = slow == 1 ? " slow callback" : " slow callbacks";
    out_ << yellow(name + " had " + digits(version, "slow") + callbacks) << '\n';
  }
}

void Painter::ns(const Json& ns) const {
  out_ << '\n'
       << bold(name_of(ns, "name")) << ": " << members(number(ns, "members")) << ", stable "
       << text(ns, "stable") << (flag(ns, "paused") ? ", " + yellow("paused") : "") << '\n';
  for (const char* key : {"schedule", "note"}) {
    if (const std::string line = text(ns, key); !line.empty()) out_ << "  " << yellow(line) << '\n';
  }
  for (const Json& version : member(ns, "versions")) troubles(version);
  versions(ns);
}

void Painter::versions(const Json& ns) const {
  Table table({"VERSION", "STATE", "RUN", ">WEIGHT", ">MATCHES", ">MEMBERS", ">CALLS", ">ERRORS",
               ">DENIALS", ">P99", "SINCE", "PLUGIN"});
  for (const Json& version : member(ns, "versions")) {
    table.add({text(version, "name"), text(version, "state"), text(version, "run"),
               digits(version, "weight") + " %", digits(version, "matches"),
               digits(version, "members"), digits(version, "calls"), digits(version, "errors"),
               digits(version, "denials"), short_time(number(version, "p99_us")),
               text(version, "since"),
               text(version, "plugin") + " " + text(version, "plugin_version") + " " +
                   text(version, "sha256").substr(0, kShaShown)});
  }
  table.write(out_, "  ");
}

void Painter::retired(const Json& retired) const {
  if (retired.empty()) return;
  out_ << "\nretired, and still in memory:\n";
  Table table({"PLUGIN", "VERSION", "SHA-256", ">SIZE", ">INSTANCES", "LAST USED"});
  for (const Json& each : retired) {
    table.add({text(each, "plugin"), text(each, "version"),
               text(each, "sha256").substr(0, kShaShown), size_text(number(each, "bytes")),
               digits(each, "instances"), text(each, "last_used")});
  }
  table.write(out_, "  ");
}

void Painter::changes(const Json& result) const {
  const Json& changes = member(result, "changes");
  if (changes.empty()) out_ << "nothing changes\n";
  Table table;
  for (const Json& each : changes) {
    const uint64_t moved = number(each, "members");
    table.add({name_of(each, "namespace"), text(each, "version"), text(each, "kind"),
               text(each, "text") + (moved > 0 ? " (" + members(moved) + ")" : "")});
  }
  table.write(out_);
  for (const Json& each : member(result, "restart")) {
    if (!each.is_string()) continue;
    out_ << yellow("needs a restart: ") << one_line(each.get_ref<const std::string&>()) << '\n';
  }
  if (number(result, "rollout") != 0) out_ << "rollout " << digits(result, "rollout") << '\n';
}

void Painter::history(const Json& result) const {
  const Json& rollouts = member(result, "rollouts");
  if (rollouts.empty()) {
    out_ << "no rollouts yet\n";
    return;
  }
  Table table({">NUMBER", "TIME", "BY", "NAMESPACE", ">MOVED", "WHAT"});
  for (const Json& each : rollouts) {
    table.add({digits(each, "number"), text(each, "time"), text(each, "by"),
               text(each, "namespace"), digits(each, "members_moved"), text(each, "text")});
  }
  table.write(out_);
}

}  // namespace

void print_result(std::string_view command, const Json& result, bool terminal, std::ostream& out) {
  const Painter painter(terminal, out);
  if (command == "status") {
    painter.status(result);
  } else if (command == "plan" || command == "reload") {
    painter.changes(result);
  } else if (command == "history") {
    painter.history(result);
  } else {
    out << text(result, "text");
    if (number(result, "rollout") != 0) out << " (rollout " << digits(result, "rollout") << ")";
    out << '\n';
  }
}

}  // namespace stoa::cli
