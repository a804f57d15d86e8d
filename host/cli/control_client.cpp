#include "cli/control_client.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "ops/unix_address.h"
#include "plugin/file_descriptor.h"

namespace stoa::cli {
namespace {

using Clock = std::chrono::steady_clock;
using End = ControlOutcome::End;
using Json = nlohmann::ordered_json;
using plugin::FileDescriptor;

constexpr std::chrono::seconds kConnectTime(10);
// Far more than the status of a server with its most namespaces.
constexpr std::size_t kMaxLine = std::size_t{64} * 1024 * 1024;

// Thrown and caught in this file only.
struct Failure {
  End end;
  std::string error;
};

std::string why_not(const std::filesystem::path& socket, int error) {
  const std::string path = socket.string();
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ECONNREFUSED:
      return "no server listens at " + path + ": start one, or name another socket by --socket";
    case EACCES:
    case EPERM:
      return "permission denied at " + path + ": ask as the user of the server, or as root";
    default:
      return "could not connect to " + path + ": " + std::strerror(error);
  }
}

class Conversation {
 public:
  explicit Conversation(std::chrono::seconds timeout)
      : timeout_(timeout),
        soon_(Clock::now() + (timeout.count() > 0 ? timeout : kConnectTime)),
        socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}

  void connect(const std::filesystem::path& path) const;
  void send(std::string_view bytes) const;
  // The next line of the answer, without its end.
  std::string line();

 private:
  [[noreturn]] void late() const {
    const auto time = timeout_.count() > 0 ? timeout_ : kConnectTime;
    throw Failure{End::kLate, "no answer within " + std::to_string(time.count()) + " s"};
  }
  [[noreturn]] static void lost() {
    throw Failure{End::kLost, "the server went away before it answered"};
  }
  // Until the socket has `events`; at most until `end`, if there is one.
  void wait(int16_t events, std::optional<Clock::time_point> end) const;

  const std::chrono::seconds timeout_;
  const Clock::time_point soon_;  // connected, and the request sent
  FileDescriptor socket_;
  std::string received_;
};

void Conversation::connect(const std::filesystem::path& path) const {
  const auto address = ops::unix_address(path);
  if (!address) throw Failure{End::kRefused, why_not(path, ENAMETOOLONG)};
  // For connect(), which waits while the server's backlog is full.
  const timeval patience{(timeout_.count() > 0 ? timeout_ : kConnectTime).count(), 0};
  ::setsockopt(socket_.number(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (::connect(socket_.number(), address->generic(), ops::UnixAddress::size()) == 0) return;
  if (errno == EAGAIN) late();
  throw Failure{End::kRefused, why_not(path, errno)};
}

void Conversation::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    wait(POLLOUT, soon_);
    const ssize_t sent =
        ::send(socket_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno != EAGAIN && errno != EINTR) {
      return;  // the server does not listen to the end: what it says tells why
    }
  }
}

std::string Conversation::line() {
  for (std::size_t searched = 0;;) {
    const std::size_t end = received_.find('\n', searched);
    if (end != std::string::npos) {
      std::string first = received_.substr(0, end);
      received_.erase(0, end + 1);
      return first;
    }
    searched = received_.size();
    if (searched > kMaxLine) throw Failure{End::kRefused, "the answer is too long to be one"};
    wait(POLLIN, timeout_.count() > 0 ? std::optional(soon_) : std::nullopt);
    std::array<char, 16 * 1024> chunk;
    const ssize_t got = ::recv(socket_.number(), chunk.data(), chunk.size(), MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) lost();
    if (got > 0) received_.append(chunk.data(), static_cast<std::size_t>(got));
  }
}

void Conversation::wait(int16_t events, std::optional<Clock::time_point> end) const {
  int left = -1;
  if (end) {
    const auto time = std::chrono::ceil<std::chrono::milliseconds>(*end - Clock::now()).count();
    if (time <= 0) late();
    left = static_cast<int>(std::min<int64_t>(time, INT32_MAX));
  }
  pollfd ready{socket_.number(), events, 0};
  ::poll(&ready, 1, left);
}

// What the last line says; empty for a line of progress.
std::optional<ControlOutcome> judged(const std::string& line,
                                     const std::function<void(std::string_view)>& on_progress) {
  const Json message = Json::parse(line, nullptr, false);
  const auto is = [&](const char* key, Json::value_t type) {
    return message.is_object() && message.contains(key) && message[key].type() == type;
  };
  if (is("progress", Json::value_t::string)) {
    on_progress(message["progress"].get_ref<const std::string&>());
    return std::nullopt;
  }
  if (is("ok", Json::value_t::boolean) && message["ok"] == true &&
      is("result", Json::value_t::object)) {
    return ControlOutcome{End::kAnswered, message["result"], {}};
  }
  if (is("error", Json::value_t::string)) {
    return ControlOutcome{End::kRefused, Json::object(), message["error"]};
  }
  throw Failure{End::kRefused, "who listens there does not answer as a server of stoa does"};
}

}  // namespace

ControlOutcome ask_server(const std::filesystem::path& socket, const Json& request,
                          std::chrono::seconds timeout,
                          const std::function<void(std::string_view)>& on_progress) {
  try {
    Conversation conversation(timeout);
    conversation.connect(socket);
    // An argument of the command line may be anything but UTF-8.
    conversation.send(request.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n');
    for (;;) {
      if (auto outcome = judged(conversation.line(), on_progress)) return *std::move(outcome);
    }
  } catch (const Failure& failure) {
    return {failure.end, Json::object(), failure.error};
  }
}

}  // namespace stoa::cli
