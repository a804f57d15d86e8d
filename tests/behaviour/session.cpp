#include "session.h"

namespace stoa::behaviour {
namespace {

constexpr char kShipped[] = R"(
[namespace.default]
plugin = "echo"
[namespace.chat]
plugin = "chat"
[namespace.loud]
plugin = "chat"
[namespace.loud.config]
include_sender = true
[namespace.clock]
plugin = "clock"
[namespace.clock.config]
period_ms = 20
[namespace.admin]
plugin = "gate"
[namespace.admin.config]
tokens = { s3cret = "ada", other = "bob" }
admins = ["ada"]
[namespace.tally]
plugin = "tally"
[namespace.""]
plugin = "native"
)";

constexpr char kProbes[] = R"(
[namespace.probe]
plugin = "probe"
[namespace.other]
plugin = "probe"
[namespace.closed]
plugin = "probe"
[namespace.closed.config]
deny_connect = "closed today"
[namespace.slow]
plugin = "probe"
[namespace.slow.config]
connect_delay_ms = 30
)";

}  // namespace

// The header in which `gate` looks for its token is kept for it.
Shipped::Shipped()
    : server_(kit::Manifest{
          .workers = GetParam(), .server = "headers = [\"X-Token\"]\n", .rest = kShipped}) {}

Probed::Probed()
    : server_(kit::Manifest{
          .workers = GetParam(), .rest = kProbes, .plugins = kit::fixture_plugins()}) {}

ProbeClient::ProbeClient(const std::string& url) : Client(url) {
  for (const char* ns : {"probe", "other", "closed", "slow"}) declare(ns);
}

kit::Place& ProbeClient::probe() {
  if (!probe_) probe_ = connect("probe");
  return *probe_;
}

Json ProbeClient::command(const std::string& event, const Json& arguments) {
  const std::string body = arguments.is_string() ? arguments.get<std::string>() : arguments.dump();
  Json answer = Json::parse(probe().ask(event, body), nullptr, false);
  EXPECT_FALSE(answer.is_discarded()) << event << " is not answered with JSON";
  return answer;
}

std::vector<std::string> ProbeClient::journal_of(const std::string& id) {
  return entries("journal", id);
}

std::vector<std::string> ProbeClient::epitaph_of(const std::string& id) {
  return entries("epitaph", id);
}

std::vector<std::string> ProbeClient::entries(const char* name, const std::string& id) {
  std::vector<std::string> lines;
  for (const Json& entry : command(name, id)) {
    const std::string room = entry.value("room", "");
    lines.push_back(entry.value("ns", "") + " " + entry.value("event", "") +
                    (room.empty() ? "" : " " + room) +
                    (entry.value("forced", false) ? " forced" : ""));
  }
  return lines;
}

std::string workers_name(const testing::TestParamInfo<uint32_t>& info) {
  return std::to_string(info.param) + (info.param == 1 ? "Worker" : "Workers");
}

}  // namespace stoa::behaviour
