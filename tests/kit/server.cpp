#include "server.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <string_view>

namespace stoa::kit {
namespace {

uint16_t port_of(const std::string& url) {
  const std::size_t colon = url.rfind(':');
  if (colon == std::string::npos) return 0;
  return static_cast<uint16_t>(std::strtoul(url.c_str() + colon + 1, nullptr, 10));
}

}  // namespace

std::filesystem::path shipped_plugins() {
  return STOA_PLUGIN_FOLDER;
}

std::filesystem::path fixture_plugins() {
  return STOA_FIXTURE_FOLDER;
}

std::filesystem::path stoa_binary() {
  return STOA_BINARY;
}

std::string Manifest::text() const {
  const std::filesystem::path folder = plugins.empty() ? shipped_plugins() : plugins;
  // Clients of a test that ends are not worth waiting for.
  const std::string grace =
      server.find("drain_grace_ms") == std::string::npos ? "drain_grace_ms = 0\n" : "";
  return "[server]\nlisten = [\"127.0.0.1:0\"]\nworkers = " + std::to_string(workers) + "\n" +
         grace + server + "\n[plugins]\ndirectory = \"" + folder.string() + "\"\n" + rest;
}

bool in_processes() {
  const char* const run = std::getenv("STOA_PLUGINS_RUN");
  return run && std::string_view(run) == "process";
}

Server::Server(const Manifest& manifest, const Process::Variables& variables) {
  const std::filesystem::path file = folder_.write("stoa.toml", manifest.text());
  process_ = std::make_unique<Process>(
      std::vector<std::string>{stoa_binary().string(), "serve", file.string()}, variables);
  const std::optional<std::string> url = process_->wait_for_line("listening ");
  if (!url) throw std::runtime_error("The server does not listen. Its log:\n" + log());
  url_ = *url;
  port_ = port_of(url_);
}

Server::~Server() {
  if (!judged_) {
    process_->signal(SIGTERM);
    check_exit(process_->wait_exit());
  } else if (!process_->wait_exit(std::chrono::milliseconds(0))) {
    process_->signal(SIGKILL);
    process_->wait_exit();
  }
  check_log();
}

std::optional<int> Server::wait_exit(std::chrono::milliseconds timeout) {
  judged_ = true;
  return process_->wait_exit(timeout);
}

void Server::check_exit(std::optional<int> status) const {
  if (!status) {
    ADD_FAILURE() << "The server does not end after SIGTERM. Its log:\n" << log();
  } else if (*status != 0) {
    ADD_FAILURE() << "The server ended with " << *status << ". Its log:\n" << log();
  }
}

void Server::check_log() const {
  if (expects_complaints_) return;
  const std::string text = log();
  for (const char* complaint : {"ERROR: AddressSanitizer", "ERROR: LeakSanitizer",
                                "runtime error:", "WARNING: ThreadSanitizer"}) {
    if (text.find(complaint) != std::string::npos) {
      ADD_FAILURE() << "A sanitizer complains about the server:\n" << text;
      return;
    }
  }
}

}  // namespace stoa::kit
