#include "handover.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <sstream>
#include <system_error>

namespace stoa::behaviour {
namespace {

std::string version(const std::string& number, const std::map<std::string, std::string>& config) {
  std::string text = "[[namespace.way.version]]\nname = \"v" + number + "\"\nplugin = \"pilgrim_" +
                     number + "\"\n";
  text +=
      number == "1" ? "weight = 100\n" : "weight = 0\nmatch = [{ query = \"v\", value = \"2\" }]\n";
  text += "[namespace.way.version.config]\n";
  for (const auto& [key, value] : config) text += key + " = " + value + "\n";
  return text;
}

}  // namespace

FifoGate::FifoGate(const std::filesystem::path& path) {
  if (::mkfifo(path.c_str(), 0600) != 0) {
    throw std::system_error(errno, std::generic_category(), "mkfifo");
  }
  // Both ends: nobody waits to open it.
  fifo_ = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
}

FifoGate::~FifoGate() {
  ::close(fifo_);
}

void FifoGate::let_through(std::size_t count) const {
  const std::string bytes(count, '.');
  EXPECT_EQ(::write(fifo_, bytes.data(), bytes.size()), static_cast<ssize_t>(count));
}

FifoGate& Handover::gate(std::map<std::string, std::string>& config, const std::string& name) {
  const std::filesystem::path path = gates_folder_.path() / (name + std::to_string(gates_.size()));
  gates_.push_back(std::make_unique<FifoGate>(path));
  config[name] = "\"" + path.string() + "\"";
  return *gates_.back();
}

kit::Manifest Handover::manifest() const {
  return {.workers = GetParam(),
          .server = {},
          .rest =
              "[namespace.aside]\nplugin = \"stateless_1\"\n[control]\nsocket = \"control.sock\"\n"
              "[namespace.way]\ndeparture = [" +
              departure + "\n" + version("1", config_of_v1) + version("2", config_of_v2) + more,
          .plugins = kit::fixture_plugins()};
}

kit::Server& Handover::server() {
  if (!server_) server_ = std::make_unique<kit::Server>(manifest());
  return *server_;
}

Handover::Words Handover::command(const Words& words) {
  Words all = {kit::stoa_binary().string(), "ctl", "--socket",
               (server().folder().path() / "control.sock").string()};
  all.insert(all.end(), words.begin(), words.end());
  return all;
}

std::string Handover::ctl(const Words& words) {
  const auto step = begin(words);
  see_through(*step);
  return step->output();
}

std::unique_ptr<kit::Process> Handover::begin(const Words& words) {
  return std::make_unique<kit::Process>(command(words));
}

void Handover::see_through(kit::Process& step) {
  EXPECT_EQ(step.wait_exit(), 0) << step.output() << step.log();
}

std::string Handover::roll_back_past(const FifoGate& stand, kit::Place& way) {
  ctl({"promote", "way", "v2"});
  EXPECT_EQ(way.ask("version"), "2.0.0");
  way.emit("stand");
  wait_for_log("2 standing");
  const auto rollback = begin({"rollback", "way"});
  wait_for_log("back to rollout 1");
  stand.let_through();
  see_through(*rollback);
  EXPECT_EQ(way.ask("version"), "1.0.0");
  return rollback->output();
}

std::unique_ptr<kit::Client> Handover::client(const std::string& query) {
  auto made = std::make_unique<kit::Client>(server().url() + query);
  made->declare("way").declare("aside");
  return made;
}

void Handover::wait_for_log(const std::string& text) {
  EXPECT_TRUE(server().process().wait_for_log(text)) << "no " << text << " in\n" << server().log();
}

std::size_t Handover::count_of(const std::string& note) {
  // What was noted before is in the log before this.
  if (!fence_) fence_ = client();
  const std::string fence = "fence " + std::to_string(++fences_);
  fence_->connect("aside").ask("note", fence);
  wait_for_log(fence + "\n");
  std::istringstream log(server().log());
  std::size_t count = 0;
  for (std::string line; std::getline(log, line);) {
    line += ' ';  // what follows may be fields
    count += line.find("plugin/pilgrim: " + note + " ") != std::string::npos ? 1 : 0;
  }
  return count;
}

}  // namespace stoa::behaviour
