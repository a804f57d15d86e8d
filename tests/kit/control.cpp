#include "control.h"

#include <gtest/gtest.h>

#include <chrono>

namespace stoa::kit {
namespace {

std::string in_words(const Control::Arguments& command) {
  std::string words = "stoa ctl";
  for (const std::string& argument : command) words += " " + argument;
  return words;
}

Json named(const Json& list, const std::string& name) {
  for (const Json& one : list) {
    if (one["name"] == name) return one;
  }
  return nullptr;
}

}  // namespace

std::unique_ptr<Process> Control::begin(const Arguments& command) const {
  const auto socket = server_.folder().path() / "control.sock";
  Arguments all = {stoa_binary().string(), "ctl", "--socket", socket.string(), "--json"};
  all.insert(all.end(), command.begin(), command.end());
  return std::make_unique<Process>(all);
}

Control::Told Control::run(const Arguments& command) const {
  const auto process = begin(command);
  // A step may wait for members, each of whom may be waited for.
  const auto status = process->wait_exit(3 * kPatience);
  return {status.value_or(-1), process->output(), process->log()};
}

Json Control::take(const Arguments& command) const {
  const Told told = run(command);
  EXPECT_EQ(told.exit, 0) << in_words(command) << ": " << told.err << "\n" << server_.log();
  return told.exit == 0 ? Json::parse(told.out, nullptr, false) : Json::object();
}

std::string Control::refusal(const Arguments& command) const {
  const Told told = run(command);
  EXPECT_EQ(told.exit, 1) << in_words(command) << ": " << told.out << told.err;
  const Json said = Json::parse(told.out, nullptr, false);
  return said.is_object() ? said.value("error", "") : "";
}

Json Control::ns(const std::string& name) const {
  return named(status()["namespaces"], name);
}

Json Control::version(const std::string& ns, const std::string& name) const {
  const Json found = this->ns(ns);
  return found.is_null() ? found : named(found["versions"], name);
}

Json Control::state() const {
  Json namespaces = status()["namespaces"];
  for (Json& one : namespaces) {
    for (Json& version : one["versions"]) {
      for (const char* count : {"calls", "denials", "dropped", "errors", "p99_us", "pushed_back",
                                "queued", "queued_bytes", "refused", "slow", "wait_p99_us"}) {
        version.erase(count);
      }
    }
  }
  return namespaces;
}

void Control::wait_until(const std::function<bool()>& is_so) const {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!is_so()) {
    if (std::chrono::steady_clock::now() < end) continue;
    ADD_FAILURE() << "it does not come about:\n" << status().dump(1) << "\n" << server_.log();
    return;
  }
}

}  // namespace stoa::kit
