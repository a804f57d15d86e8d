#include "ops/control_socket.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>
#include <utility>

#include "report/startup_error.h"

namespace stoa::ops {
namespace {

using nlohmann::json;
using plugin::FileDescriptor;

// How long nothing is accepted when descriptors ran out: the listener stays readable.
constexpr int kPauseMs = 200;
// Far deeper than any request; what is deeper is there to exhaust a stack.
constexpr int kMaxDepth = 8;

FileDescriptor make_event() {
  FileDescriptor event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event.open()) {
    throw report::StartupError(std::string("cannot make an event: ") + std::strerror(errno));
  }
  return event;
}

json refused(std::string_view sentence) {
  return {{"ok", false}, {"error", sentence}};
}

json parsed(std::string_view line) {
  const auto flat = [](int depth, json::parse_event_t, const json&) {
    if (depth > kMaxDepth) throw Refusal("the request is nested too deeply");
    return true;
  };
  json request;
  try {
    request = json::parse(line, flat);
  } catch (const json::parse_error& error) {
    throw Refusal("the request is not JSON (at byte " + std::to_string(error.byte) +
                  "): send one JSON object on one line");
  }
  if (!request.is_object()) {
    throw Refusal(std::string("the request is of type ") + request.type_name() +
                  ": send one JSON object on one line");
  }
  return request;
}

}  // namespace

ControlSocket::ControlSocket(std::filesystem::path path, mode_t mode, Handler handler,
                             report::Log& log, ControlLimits limits)
    : handler_(std::move(handler)),
      log_(log),
      limits_(limits),
      listener_(std::move(path), mode),
      stop_(make_event()) {
  thread_ = std::thread([this] { run(); });
}

void ControlSocket::stop() {
  if (!thread_.joinable()) return;
  ::eventfd_write(stop_.number(), 1);
  thread_.join();
  listener_.close();
  for (Request& request : requests_) request.thread.join();
  requests_.clear();
}

void ControlSocket::run() {
  for (bool pause = false;;) {
    std::array<pollfd, 2> set{
        {{stop_.number(), POLLIN, 0}, {pause ? -1 : listener_.number(), POLLIN, 0}}};
    ::poll(set.data(), set.size(), pause ? kPauseMs : -1);
    if (set[0].revents != 0) return;
    pause = !pause && set[1].revents != 0 && !accept();
  }
}

bool ControlSocket::accept() {
  FileDescriptor client = listener_.accept();
  if (client.open()) {
    begin(std::move(client));
    return true;
  }
  if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED) return true;
  log_.warn("ops", std::string("cannot accept a control request: ") + std::strerror(errno));
  return false;
}

void ControlSocket::begin(FileDescriptor client) {
  requests_.remove_if([](Request& request) {
    if (!request.over) return false;
    request.thread.join();
    return true;
  });
  const bool full = requests_.size() >= limits_.requests;
  Request& request = requests_.emplace_back(std::move(client), limits_);
  try {
    if (full) throw Refusal("too many control requests at a time: try again when one has ended");
    request.thread = std::thread([this, &request] { serve(request); });
    return;
  } catch (const Refusal& refusal) {
    request.connection.finish(refused(refusal.what()));
  } catch (const std::system_error& error) {
    request.connection.finish(refused(std::string("cannot start a thread: ") + error.what()));
  }
  requests_.pop_back();
}

void ControlSocket::serve(Request& request) noexcept {
  ControlConnection& connection = request.connection;
  try {
    const auto line = connection.read_request(stop_.number());
    if (line) connection.finish(answer(connection, *line));
  } catch (const Refusal& refusal) {
    connection.finish(refused(refusal.what()));
  }
  // In this order: whoever saw the connection end may count on the place that it leaves.
  request.over = true;
  connection.close();
}

json ControlSocket::answer(ControlConnection& connection, std::string_view line) {
  try {
    json request = parsed(line);
    request["by"] = connection.peer();
    const Progress progress = [&connection](std::string_view text) { connection.tell(text); };
    return {{"ok", true}, {"result", handler_(request, progress)}};
  } catch (const Refusal&) {
    throw;
  } catch (const std::exception& error) {
    log_.error("ops", std::string("a control request failed: ") + error.what());
    return refused(error.what());
  }
}

}  // namespace stoa::ops
