// The program `stoa`: reads its command line and calls the subcommand.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <iostream>
#include <memory>
#include <string>

#include "cli/call.h"
#include "cli/check.h"
#include "cli/ctl_command.h"
#include "cli/default_config.h"
#include "cli/inspect.h"
#include "cli/listen.h"
#include "cli/serve.h"
#include "plugin/rehearsal.h"
#include "remote/guest.h"
#include "report/startup_error.h"
#include "stoa/version.h"

namespace {

std::string version_text() {
  return "stoa " STOA_VERSION " (plugin ABI " + std::to_string(STOA_ABI_MAJOR) + "." +
         std::to_string(STOA_ABI_MINOR) + ")";
}

// Each of these adds one subcommand, and sets `run` if it is the one that was called.
using Run = std::function<int()>;

CLI::App& add(CLI::App& app, const std::string& name, const std::string& description) {
  CLI::App* const command = app.add_subcommand(name, description);
  command->set_version_flag("--version", version_text());
  return *command;
}

void add_serve(CLI::App& app, Run& run) {
  CLI::App& command = add(app, "serve", "Serve the namespaces of a manifest until a signal comes");
  auto config = std::make_shared<std::string>(stoa::cli::default_config().string());
  command.add_option("CONFIG", *config, "The manifest")->capture_default_str();
  command.callback(
      [&run, config] { run = [config] { return stoa::cli::run_serve(*config, std::cout); }; });
}

void add_check(CLI::App& app, Run& run) {
  CLI::App& command = add(app, "check", "Check a manifest and all its plugins without serving");
  auto config = std::make_shared<std::string>();
  command.add_option("CONFIG", *config, "The manifest")->required();
  command.callback([&run, config] {
    run = [config] { return stoa::cli::run_check(*config, std::cout, std::cerr); };
  });
}

void add_inspect(CLI::App& app, Run& run) {
  CLI::App& command = add(app, "inspect", "Show what a plugin is, and what is wrong with it");
  auto plugin = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false);
  command.add_option("PLUGIN", *plugin, "The plugin's file")->required();
  command.add_flag("--json", *json, "Print one JSON object");
  command.callback([&run, plugin, json] {
    run = [plugin, json] { return stoa::cli::run_inspect(*plugin, *json, std::cout); };
  });
}

// What `call` and `listen` share.
void add_entrance(CLI::App& command, stoa::cli::Entrance& entrance) {
  command.add_option("URL", entrance.url, "ws://host[:port][/path]")->required();
  command.add_option("NAMESPACE", entrance.ns, "The namespace to enter")->required();
  command.add_option("--header", entrance.headers, "A request header, as Name=value; repeatable")
      ->allow_extra_args(false);
  command.add_option("--timeout", entrance.timeout_ms, "For each step, in milliseconds")
      ->capture_default_str()
      ->check(CLI::Range(1U, 3'600'000U));
}

void add_call(CLI::App& app, Run& run) {
  CLI::App& command = add(app, "call", "Ask a namespace once, and print the answer");
  auto options = std::make_shared<stoa::cli::CallOptions>();
  add_entrance(command, options->entrance);
  command.add_option("EVENT", options->event, "The event to ask")->required();
  command.add_option("BODY", options->body, "Its body; - reads standard input");
  command.add_option("--room", options->entrance.rooms, "Join this room, and ask there")
      ->allow_extra_args(false)
      ->expected(1);
  command.add_flag("--binary", options->binary, "Send the body in a binary frame");
  command.footer(
      "Exit code: 0 answered, 1 not connected, 2 wrong usage, 3 the handler answered with an "
      "error, 4 denied, 5 no answer in time, 7 the output was closed.");
  command.callback([&run, options] {
    run = [options] { return stoa::cli::run_call(*options, std::cout, std::cerr); };
  });
}

void add_listen(CLI::App& app, Run& run) {
  CLI::App& command = add(app, "listen", "Print what happens in a namespace, one event a line");
  auto options = std::make_shared<stoa::cli::ListenOptions>();
  add_entrance(command, options->entrance);
  command.add_option("--room", options->entrance.rooms, "Join this room; repeatable")
      ->allow_extra_args(false);
  command.add_option("--count", options->count, "End after this many events")
      ->check(CLI::PositiveNumber);
  command.add_flag("--json", options->json, "Print each event as a JSON object");
  options->terminal = isatty(STDOUT_FILENO) == 1;
  command.footer(
      "Exit code: 0 ended by a signal or --count, 1 not connected, 2 wrong usage, 4 denied, 5 no "
      "answer in time, 6 the connection was closed, 7 the output was closed.");
  command.callback([&run, options] {
    run = [options] { return stoa::cli::run_listen(*options, std::cout, std::cerr); };
  });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && argv[1] == stoa::plugin::kRehearse) stoa::plugin::be_rehearsed(argv[2]);
  if (argc == 2 && argv[1] == stoa::remote::kGuest) stoa::remote::be_guest();
  CLI::App app("One WebSocket server, many independent namespaces, each a plugin.", "stoa");
  app.set_version_flag("--version", version_text());
  app.require_subcommand(1);
  Run run;
  add_serve(app, run);
  add_check(app, run);
  add_inspect(app, run);
  add_call(app, run);
  add_listen(app, run);
  stoa::cli::add_ctl(add(app, "ctl", "Look at a running server, and change what it serves"), run);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // CLI11 exits with numbers of its own; ours is the usual 2 for a wrong command line.
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    return run();
  } catch (const stoa::report::StartupError& error) {
    std::cerr << "stoa: " << error.what() << '\n';
    return 1;
  }
}
