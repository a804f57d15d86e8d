#include "cli/ctl.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "cli/control_client.h"
#include "cli/control_path.h"
#include "cli/ctl_print.h"
#include "cli/entrance.h"
#include "report/startup_error.h"

namespace stoa::cli {
namespace {

using End = ControlOutcome::End;
using Json = nlohmann::ordered_json;

// These change nothing; all others are steps.
constexpr std::array<std::string_view, 3> kLooks = {"status", "plan", "history"};

// A wrong command line, found here.
struct WrongUsage {
  std::string sentence;
};

uint32_t percent(std::string_view text, const std::string& argument) {
  uint32_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc() || rest != end || value > 100) {
    throw WrongUsage{"A weight is VERSION=PERCENT with a whole number from 0 to 100, not " +
                     argument};
  }
  return value;
}

Json weights_of(const std::vector<std::string>& arguments) {
  Json weights = Json::object();
  for (const std::string& argument : arguments) {
    const std::size_t equals = std::min(argument.rfind('='), argument.size());
    const std::string version = argument.substr(0, equals);
    const std::string_view rest = std::string_view(argument).substr(equals);
    const uint32_t weight = percent(rest.substr(std::min<std::size_t>(1, rest.size())), argument);
    if (version.empty()) throw WrongUsage{"A weight is VERSION=PERCENT, not " + argument};
    if (weights.contains(version)) throw WrongUsage{"There are two weights for " + version};
    weights[version] = weight;
  }
  return weights;
}

Json request_of(const CtlCommand& command) {
  Json request{{"command", command.name}};
  const auto add = [&](const char* key, const std::string& value) {
    if (!value.empty()) request[key] = value;
  };
  // The server's working folder is another one.
  if (!command.config.empty()) add("config", std::filesystem::absolute(command.config).string());
  add("namespace", command.ns);
  add("version", command.version);
  add("schedule", command.schedule);
  if (!command.weights.empty()) request["weights"] = weights_of(command.weights);
  if (command.number != 0) request[command.name == "rollback" ? "to" : "count"] = command.number;
  return request;
}

std::string sentence_of(const ControlOutcome& outcome, const CtlCommand& command) {
  const bool step = std::ranges::find(kLooks, command.name) == kLooks.end();
  if (step && outcome.end == End::kLate) {
    return outcome.error + ": the step may be done yet; stoa ctl history tells";
  }
  if (step && outcome.end == End::kLost) {
    return outcome.error + ": whether the step was done is not known; stoa ctl history tells";
  }
  return outcome.error;
}

int exit_code(End end) {
  switch (end) {
    case End::kAnswered:
      return kDone;
    case End::kLate:
      return kTimeout;
    case End::kLost:
      return kServerClosed;
    case End::kRefused:
      break;
  }
  return kNotConnected;
}

// Each line of `text` by itself, for a manifest has many problems at a time.
void write_lines(std::string_view text, std::ostream& to) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    to << one_line(text.substr(0, end)) << '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  to.flush();
}

std::string dumped(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

int fail(int code, const std::string& sentence, const CtlOptions& options, std::ostream& out,
         std::ostream& err) {
  write_lines(sentence, err);
  if (options.json) out << dumped({{"error", sentence}}) << '\n' << std::flush;
  return code;
}

}  // namespace

int run_ctl(const CtlOptions& options, const CtlCommand& command, std::ostream& out,
            std::ostream& err) {
  try {
    const Json request = request_of(command);
    const auto path = control_path(options.socket, options.config);
    const ControlOutcome outcome =
        ask_server(path, request, std::chrono::seconds(options.timeout_s),
                   [&](std::string_view text) { write_lines(text, err); });
    if (outcome.end != End::kAnswered) {
      return fail(exit_code(outcome.end), sentence_of(outcome, command), options, out, err);
    }
    if (options.json) {
      out << dumped(outcome.result) << '\n';
    } else {
      print_result(command.name, outcome.result, options.terminal, out);
    }
  } catch (const WrongUsage& wrong) {
    return fail(kUsage, wrong.sentence, options, out, err);
  } catch (const report::StartupError& error) {
    return fail(kNotConnected, error.what(), options, out, err);
  }
  out.flush();
  if (out) return kDone;
  err << "The result could not be written\n";
  return kOutputClosed;
}

}  // namespace stoa::cli
