#include "net/server.h"

#include <algorithm>
#include <thread>

#include "net/descriptors.h"
#include "net/lws_quirks.h"
#include "net/worker.h"

namespace stoa::net {
namespace {

constexpr unsigned kMaxWorkers = 64;

std::string url_of(const manifest::Listen& where, const std::string& path) {
  const bool v6 = where.address.find(':') != std::string::npos;
  const std::string host = v6 ? "[" + where.address + "]" : where.address;
  return "ws://" + host + ":" + std::to_string(where.port) + path;
}

}  // namespace

uint8_t Server::worker_count(const manifest::Server& settings) {
  const unsigned wanted =
      settings.workers != 0 ? settings.workers : std::thread::hardware_concurrency();
  return static_cast<uint8_t>(std::clamp(wanted, 1u, kMaxWorkers));
}

std::chrono::milliseconds Server::drain_time(std::chrono::milliseconds grace) {
  return grace + Worker::kLastWords;
}

Server::Server(const manifest::Manifest& manifest, routing::Router& router)
    : files_(manifest.static_folders), crew_(std::make_unique<Crew>()) {
  const manifest::Server& settings = manifest.server;
  use_small_receive_buffers(settings.receive_buffer_bytes);
  reserve_descriptors(settings.max_connections, static_cast<uint32_t>(router.shards().size()));
  // The first worker's sockets settle the ports that the system chooses.
  std::vector<manifest::Listen> settled = settings.listen;
  for (const auto& shard : router.shards()) {
    std::vector<Listener> listeners;
    for (manifest::Listen& where : settled) {
      listeners.emplace_back(where, !workers_.empty());
      where.port = listeners.back().port();
    }
    workers_.push_back(
        std::make_unique<Worker>(settings, files_, *shard, std::move(listeners), *crew_));
  }
  crew_->stop_all = [this] { stop(); };
  for (const manifest::Listen& where : settled) urls_.push_back(url_of(where, settings.path));
}

Server::~Server() = default;

void Server::start() {
  for (const auto& worker : workers_) worker->start();
}

void Server::drain(std::chrono::milliseconds grace) {
  for (const auto& worker : workers_) worker->drain(grace);
}

void Server::stop() {
  for (const auto& worker : workers_) worker->stop();
}

void Server::wait() {
  for (const auto& worker : workers_) worker->join();
}

}  // namespace stoa::net
