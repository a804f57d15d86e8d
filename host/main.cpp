// The program `stoa`: reads its command line and calls the subcommand.
#include <CLI/CLI.hpp>
#include <functional>
#include <iostream>
#include <memory>
#include <string>

#include "cli/check.h"
#include "cli/inspect.h"
#include "cli/serve.h"
#include "report/startup_error.h"
#include "stoa/version.h"

namespace {

constexpr const char* kDefaultConfig = "/etc/stoa/stoa.toml";

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
  auto config = std::make_shared<std::string>(kDefaultConfig);
  command.add_option("CONFIG", *config, "The manifest")->capture_default_str();
  command.callback([&run, config] {
    run = [config] { return stoa::cli::run_serve(*config, std::cout); };
  });
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

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("One WebSocket server, many independent namespaces, each a plugin.", "stoa");
  app.set_version_flag("--version", version_text());
  app.require_subcommand(1);
  Run run;
  add_serve(app, run);
  add_check(app, run);
  add_inspect(app, run);
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
