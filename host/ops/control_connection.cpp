#include "ops/control_connection.h"

#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "ops/refusal.h"
#include "remote/guest_process.h"

namespace stoa::ops {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kWanted = ": send one JSON object on one line";

int remaining_ms(Clock::time_point end) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
  return static_cast<int>(std::max<decltype(left)>(left, 0));
}

std::string line_of(const nlohmann::json& message) {
  // A plugin's name or an error of the system may be anything but UTF-8.
  return message.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
}

std::string user_name(uid_t uid) {
  std::vector<char> buffer(16 * 1024);
  passwd entry{};
  passwd* found = nullptr;
  ::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found);
  return found != nullptr ? found->pw_name : "uid " + std::to_string(uid);
}

}  // namespace

ControlConnection::ControlConnection(plugin::FileDescriptor socket, const ControlLimits& limits)
    : socket_(std::move(socket)), limits_(limits) {}

std::optional<std::string> ControlConnection::read_request(int stop) {
  const auto end = Clock::now() + limits_.request_time;
  for (std::string request;;) {
    if (const std::size_t line = request.find('\n'); line != std::string::npos) {
      return request.substr(0, line);
    }
    if (request.size() > limits_.request_bytes) {
      throw Refusal("the request is longer than " + std::to_string(limits_.request_bytes) +
                    " bytes" + std::string(kWanted));
    }
    std::array<pollfd, 2> set{{{socket_.number(), POLLIN, 0}, {stop, POLLIN, 0}}};
    const int left = remaining_ms(end);
    const int ready = ::poll(set.data(), set.size(), left);
    if (set[1].revents != 0) throw Refusal("the server is stopping: nothing was done");
    if (left == 0) {
      throw Refusal("the request did not come within " +
                    std::to_string(limits_.request_time.count()) + " ms" + std::string(kWanted));
    }
    if (ready <= 0 || receive(request)) continue;
    if (request.empty()) return std::nullopt;
    throw Refusal("the request ended before its line did" + std::string(kWanted));
  }
}

bool ControlConnection::receive(std::string& request) {
  std::array<char, 4096> chunk;
  // A byte more than the limit, to tell too long from long, and the end of the line.
  const std::size_t room = limits_.request_bytes + 1 - request.size();
  const ssize_t got = ::recv(socket_.number(), chunk.data(), std::min(chunk.size(), room), 0);
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  request.append(chunk.data(), static_cast<std::size_t>(got));
  return got > 0;
}

std::string ControlConnection::peer() const {
  ucred who{};
  socklen_t size = sizeof who;
  if (::getsockopt(socket_.number(), SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) {
    throw Refusal("the system does not say who asks: nothing was done");
  }
  // In this order: a guest is one until it is reaped, and then it is gone. 0: the system shows no
  // process of whoever that is, who is no child of this one then.
  if (who.pid != 0 && remote::GuestProcess::is_one(who.pid)) {
    throw Refusal("a plugin's process may not ask for this: nothing was done");
  }
  if (who.pid != 0 && ::kill(who.pid, 0) != 0 && errno == ESRCH) {
    throw Refusal("whoever asked has ended: nothing was done");
  }
  return user_name(who.uid);
}

void ControlConnection::tell(std::string_view text) {
  const std::string line = line_of({{"progress", text}});
  send_some();
  if (gone_ || waiting_.size() + line.size() > limits_.progress_bytes) return;
  waiting_ += line;
  send_some();
}

void ControlConnection::finish(const nlohmann::json& answer) {
  waiting_ += line_of(answer);
  const auto end = Clock::now() + limits_.answer_time;
  for (send_some(); !waiting_.empty(); send_some()) {
    const int left = remaining_ms(end);
    if (left == 0) return;
    pollfd writable{socket_.number(), POLLOUT, 0};
    ::poll(&writable, 1, left);
  }
}

void ControlConnection::send_some() {
  while (!gone_ && !waiting_.empty()) {
    const ssize_t sent = ::send(socket_.number(), waiting_.data(), waiting_.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      waiting_.erase(0, static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      return;
    } else if (errno != EINTR) {
      gone_ = true;
    }
  }
  if (gone_) waiting_.clear();
}

}  // namespace stoa::ops
