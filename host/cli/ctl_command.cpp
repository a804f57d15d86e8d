#include "cli/ctl_command.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <string>

#include "cli/ctl.h"

namespace stoa::cli {
namespace {

// What its commands share: one of them fills it.
struct Line {
  CtlOptions options;
  CtlCommand command;
};

void add_options(CLI::App& ctl, CtlOptions& options) {
  CLI::Option* const socket =
      ctl.add_option("--socket", options.socket, "The control socket of the server");
  ctl.add_option("--config", options.config, "The manifest that names the socket")
      ->excludes(socket);
  ctl.add_flag("--json", options.json, "Print the result as one line of JSON");
  ctl.add_option("--timeout", options.timeout_s,
                 "Seconds for the answer; 0 waits as long as it takes")
      ->capture_default_str()
      ->check(CLI::Range(0U, 86'400U));
}

class Commands {
 public:
  Commands(CLI::App& ctl, std::shared_ptr<Line> line, std::function<int()>& run)
      : ctl_(ctl), line_(std::move(line)), run_(run) {}

  CLI::App& add(const std::string& name, const std::string& description) {
    CLI::App* const command = ctl_.add_subcommand(name, description);
    command->fallthrough();  // the options may stand behind it, too
    command->callback([&run = run_, line = line_, name] {
      line->command.name = name;
      run = [line] { return run_ctl(line->options, line->command, std::cout, std::cerr); };
    });
    return *command;
  }
  CLI::App& add_for_namespace(const std::string& name, const std::string& description) {
    CLI::App& command = add(name, description);
    command.add_option("NAMESPACE", line_->command.ns, "The namespace")->required();
    return command;
  }
  CLI::App& add_for_version(const std::string& name, const std::string& description) {
    CLI::App& command = add_for_namespace(name, description);
    command.add_option("VERSION", line_->command.version, "Its name in the manifest")->required();
    return command;
  }

 private:
  CLI::App& ctl_;
  std::shared_ptr<Line> line_;
  std::function<int()>& run_;
};

void add_looks(Commands& commands, CtlCommand& into) {
  commands.add("status", "What is served, and how it does");
  commands.add("plan", "What a reload would change")
      .add_option("CONFIG", into.config, "As if the server's manifest were this one");
  CLI::App& history = commands.add("history", "The rollouts so far, and who did them");
  history.add_option("NAMESPACE", into.ns, "Only those of this namespace");
  history.add_option("--count", into.number, "At most this many")->check(CLI::PositiveNumber);
}

void add_steps(Commands& commands, CtlCommand& into) {
  commands.add("reload", "Make the server what its manifest says now");
  commands.add_for_namespace("weight", "Share out those who come")
      .add_option("VERSION=PERCENT", into.weights, "How many of them a version gets")
      ->required();
  commands.add_for_version("promote", "Give a version everybody, step by step")
      .add_option("--schedule", into.schedule, "The steps, as \"5% 10m, 25% 30m, 100%\"");
  commands.add_for_namespace("rollback", "Go back to how it was before its last change")
      .add_option(
          "--to", into.number,
          "To how it was after the rollout of this number; else to the last state that is "
          "another one, is no step of a schedule, and has no version that the guard put out "
          "since")
      ->check(CLI::PositiveNumber);
  commands.add_for_version("retire", "Take a version out of service");
  commands.add_for_namespace("revive", "Start what was put aside because its process kept failing")
      .add_option("VERSION", into.version, "Only this one");
  commands.add_for_namespace("pause", "Stop a schedule where it is");
  commands.add_for_namespace("resume", "Let it go on");
}

}  // namespace

void add_ctl(CLI::App& ctl, std::function<int()>& run) {
  const auto line = std::make_shared<Line>();
  line->options.terminal = isatty(STDOUT_FILENO) == 1;
  add_options(ctl, line->options);
  ctl.require_subcommand(1);
  Commands commands(ctl, line, run);
  add_looks(commands, line->command);
  add_steps(commands, line->command);
  ctl.footer(
      "Exit code: 0 done, 1 refused, or no server there, 2 wrong usage, 5 no answer within "
      "--timeout, 6 the server went away in the middle, 7 the output was closed.");
}

}  // namespace stoa::cli
