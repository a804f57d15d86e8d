#include "session.h"

#include <exception>
#include <utility>

#include "wire/utf8.h"

namespace stoa::client {
namespace {

constexpr uint16_t kPolicyViolation = 1008;
// Frames kept for a moment that comes within one round trip: more of them is abuse.
constexpr std::size_t kMostHeld = 1'024;

}  // namespace

Session::Session(Client& client, const Options& options, Socket& socket, Presence& presence,
                 Asks& asks, Listener listener)
    : client_(client),
      options_(options),
      socket_(socket),
      presence_(presence),
      asks_(asks),
      listener_(std::move(listener)) {
  const Events* empty = declared("");
  native_ = empty != nullptr && empty->native();
  native_only_ = native_ && empty->native_only() && options.namespaces.size() == 1;
}

void Session::begin() {
  if (native_only_) {
    listener_.accepted("", {{"", {}}});
  } else {
    send_raw(wire::kAckRequest, false);
  }
}

void Session::receive(std::string_view frame, bool binary) {
  if (frame.empty()) return;
  if (presence_.open()) {
    dispatch(frame, binary);
  } else {
    acknowledge(frame, binary);
  }
}

void Session::acknowledge(std::string_view frame, bool binary) {
  if (frame.front() == wire::kAckAccepted) {
    listener_.accepted(std::string(frame.substr(1)), {});
    replay(std::exchange(early_, {}));
  } else if (frame.front() == wire::kAckRefused) {
    listener_.refused(std::string(frame.substr(1)));
  } else {
    hold(early_, frame, binary);
  }
}

void Session::end(const Memberships& where) {
  early_.clear();
  for (const auto& [ns, rooms] : where) {
    leave_by_force(ns, rooms, true);
    fire_and_forget({.ns = ns, .event = wire::kDisconnect, .local = true, .forced = true});
  }
  asks_.fail_all();
}

void Session::hold(HeldFrames& held, std::string_view frame, bool binary) {
  if (held.size() < kMostHeld) {
    held.push_back({std::string(frame), binary});
  } else {
    socket_.close(kPolicyViolation, "too many messages before an answer");
  }
}

void Session::replay(const HeldFrames& held) {
  const uint64_t era = presence_.era();
  for (const HeldFrame& frame : held) {
    if (presence_.open() && presence_.era() == era) dispatch(frame.bytes, frame.binary);
  }
}

void Session::dispatch(std::string_view frame, bool binary) {
  if (native_only_) return on_native(frame, binary);
  wire::Unescaped scratch;
  const std::optional<wire::Received> message = wire::parse(frame, scratch);
  if (!message) {
    if (native_) on_native(frame, binary);
    return;
  }
  if (wire::is_client_ask(message->wait)) return on_answer(*message, binary);
  if (message->event == wire::kConnect) return on_connect(*message);
  if (message->event == wire::kDisconnect) return on_disconnect(*message);
  if (message->event == wire::kRoomJoin) return on_join(*message);
  if (message->event == wire::kRoomLeave) return on_leave(*message);
  on_event(*message, frame, binary);
}

void Session::on_answer(const wire::Message& message, bool binary) {
  const Status status = message.is_error ? Status::kError : Status::kOk;
  asks_.answer(message.wait, {status, std::string(message.body), binary});
}

void Session::on_event(const wire::Message& message, std::string_view frame, bool binary) {
  if (!presence_.in(message.ns)) {
    const auto connecting = acts_.find({kConnect, std::string(message.ns), ""});
    if (connecting != acts_.end()) return hold(connecting->second.held, frame, binary);
    if (!message.wait.empty()) answer_error(message, wire::kBadNamespace);
    return;
  }
  const std::optional<Reply> reply = fire({.ns = message.ns,
                                           .room = message.room,
                                           .event = message.event,
                                           .body = message.body,
                                           .binary = binary,
                                           .error = message.is_error,
                                           .ask = !message.wait.empty()});
  if (reply) {
    answer(message, *reply, binary);
  } else if (!message.wait.empty()) {
    answer_error(message, "unknown event");
  }
}

void Session::on_native(std::string_view frame, bool binary) {
  const std::optional<Reply> reply =
      fire({.event = wire::kNativeMessage, .body = frame, .binary = binary, .native = true});
  if (reply && reply->kind() != Reply::Kind::kNone) send_raw(reply->body(), binary);
}

void Session::emit(std::string frame, bool binary, uint64_t era) {
  if (presence_.era() == era) {
    socket_.send(std::move(frame), binary);
  } else {
    socket_.release(frame);
  }
}

void Session::ask(std::string frame, bool binary, uint64_t era, const std::string& token,
                  std::chrono::milliseconds timeout, Completion done) {
  if (presence_.era() != era) {
    socket_.release(frame);
    done({Status::kClosed, kWriteClosed});
  } else if (asks_.wait(token, timeout, std::move(done))) {
    socket_.send(std::move(frame), binary);
  } else {
    socket_.release(frame);
  }
}

const Events* Session::declared(std::string_view ns) const {
  const auto at = options_.namespaces.find(ns);
  return at == options_.namespaces.end() ? nullptr : &at->second;
}

// Empty if nobody handles it.
std::optional<Reply> Session::fire(const Message& message) {
  const Events* events = declared(message.ns);
  const Handler* handler = events == nullptr ? nullptr : events->find(message.event);
  if (handler == nullptr) return std::nullopt;
  try {
    return (*handler)(client_, message);
  } catch (const std::exception& failure) {
    return Reply::error(failure.what());
  } catch (...) {
    return Reply::error("handler failed");
  }
}

void Session::send(const wire::Message& message, bool binary) {
  std::string frame = Socket::blank();
  wire::append(frame, message);
  if (socket_.reserve(frame)) {
    socket_.send(std::move(frame), binary);
  } else {
    socket_.kill("the server does not read what the client sends");
  }
}

void Session::send_raw(std::string_view payload, bool binary) {
  std::string frame = Socket::blank();
  frame.append(payload);
  if (socket_.reserve(frame)) {
    socket_.send(std::move(frame), binary);
  } else {
    socket_.kill("the server does not read what the client sends");
  }
}

void Session::answer_empty(const wire::Message& message) {
  send({.wait = message.wait}, false);
}

void Session::answer_error(const wire::Message& message, std::string_view text) {
  if (message.is_error) return;
  wire::Message error = message;
  error.is_error = true;
  error.body = text;
  send(error, false);
}

void Session::answer(const wire::Message& message, const Reply& reply, bool binary) {
  if (reply.kind() == Reply::Kind::kError) {
    answer_error(message, reply.body());
  } else if (reply.kind() == Reply::Kind::kBody && !binary && !wire::is_utf8(reply.body())) {
    answer_error(message, "the reply is not UTF-8");
  } else if (reply.kind() == Reply::Kind::kBody) {
    wire::Message body = message;
    body.is_error = false;
    body.body = reply.body();
    send(body, binary);
  } else if (!message.wait.empty()) {
    answer_empty(message);
  }
}

}  // namespace stoa::client
