// The client's face: takes calls from any thread to the client's own, and waits where it should.
#include "stoa/client.hpp"

#include <future>
#include <utility>

#include "asks.h"
#include "link.h"
#include "loop.h"
#include "presence.h"
#include "session.h"
#include "socket.h"
#include "wire/message.h"
#include "wire/utf8.h"

namespace stoa::client {
namespace {

constexpr std::size_t kLongestName = 255;

Outcome check_names(const Outgoing& event) {
  if (event.event.empty() || event.event.size() > kLongestName ||
      event.room.size() > kLongestName) {
    return {Status::kInvalid, "an event has 1 to 255 bytes, a room at most 255"};
  }
  return {};
}

}  // namespace

const Handler* Events::find(std::string_view event) const {
  auto at = handlers_.find(event);
  if (at == handlers_.end() && event != kNativeMessage)
    at = handlers_.find(std::string_view(kAnyEvent));
  return at == handlers_.end() ? nullptr : &at->second;
}

// Owns the parts, in the order of their lives: the loop's context calls the socket until it is
// gone.
class Client::Impl {
 public:
  Impl(Client& client, Options given)
      : options(std::move(given)),
        socket({.opened = [this] { session.begin(); },
                .received = [this](std::string_view f, bool binary) { session.receive(f, binary); },
                .gone = [this](const Closed& c, bool opened) { link.gone(c, opened); }},
               {options.max_message_bytes, options.send_queue_bytes}),
        loop({.callback = Socket::callback,
              .user = &socket,
              .tls = options.url.starts_with("wss://"),
              .ca_file = options.ca_file}),
        asks(loop),
        session(client, options, socket, presence, asks,
                {.accepted = [this](std::string id,
                                    const Memberships& in) { link.accepted(std::move(id), in); },
                 .refused = [this](std::string text) { link.refused(std::move(text)); }}),
        link(client, options, loop, socket, presence, session) {
    loop.start();
  }

  ~Impl() {
    // A dial that was posted before this has begun when it runs, so that there is an end to wait
    // for.
    std::promise<void> ending;
    loop.post([&] {
      link.end();
      ending.set_value();
    });
    ending.get_future().wait();
    presence.wait_settled();
    loop.stop();
  }

  // Starts something that takes a Completion, and waits for it.
  template <class Start>
  Outcome wait(Start start) {
    if (loop.on_thread()) {
      return {Status::kWrongThread, "a handler must not wait: use the variant with a completion"};
    }
    const auto promise = std::make_shared<std::promise<Outcome>>();
    std::future<Outcome> outcome = promise->get_future();
    start([promise](Outcome o) { promise->set_value(std::move(o)); });
    return outcome.get();
  }

  // Builds a frame and books its place in the queue, if it may be sent.
  Outcome prepare(const Outgoing& event, std::string_view token, std::string& frame) {
    frame = Socket::blank();
    wire::append(frame, {.wait = token,
                         .ns = event.ns,
                         .room = event.room,
                         .event = event.event,
                         .body = event.body});
    return book(frame, event.binary);
  }
  Outcome book(const std::string& frame, bool binary) {
    if (!binary && !wire::is_utf8(std::string_view(frame).substr(LWS_PRE))) {
      return {Status::kInvalid, "the text is not UTF-8: send it as binary"};
    }
    if (socket.reserve(frame)) return {};
    return {Status::kLimit, "too much waits to be sent"};
  }

  Options options;
  Presence presence;
  Socket socket;
  Loop loop;
  Asks asks;
  Session session;
  Link link;
};

Client::Client(Options options) : impl_(std::make_unique<Impl>(*this, std::move(options))) {}

Client::~Client() = default;

Outcome Client::dial() {
  return impl_->wait([this](Completion done) { dial(std::move(done)); });
}

void Client::dial(Completion done) {
  impl_->presence.set_settled(false);
  // Always later: the socket must not be opened from within its own events.
  impl_->loop.post([impl = impl_.get(), done = std::move(done)]() { impl->link.dial(done); });
}

Outcome Client::connect(std::string_view ns) {
  return impl_->wait([&](Completion done) { connect(ns, std::move(done)); });
}

void Client::connect(std::string_view ns, Completion done) {
  impl_->loop.run([impl = impl_.get(), ns = std::string(ns), done = std::move(done)] {
    impl->session.connect(ns, done);
  });
}

bool Client::wait_connected(std::string_view ns, std::chrono::milliseconds timeout) {
  return !impl_->loop.on_thread() && impl_->presence.wait_in(ns, timeout);
}

Outcome Client::disconnect(std::string_view ns) {
  return impl_->wait([&](Completion done) { disconnect(ns, std::move(done)); });
}

void Client::disconnect(std::string_view ns, Completion done) {
  impl_->loop.run([impl = impl_.get(), ns = std::string(ns), done = std::move(done)] {
    impl->link.forget(ns);
    impl->session.disconnect(ns, done);
  });
}

Outcome Client::disconnect_all() {
  return impl_->wait([&](Completion done) { disconnect_all(std::move(done)); });
}

void Client::disconnect_all(Completion done) {
  impl_->loop.run(
      [impl = impl_.get(), done = std::move(done)] { impl->session.disconnect_all(done); });
}

Outcome Client::join(std::string_view ns, std::string_view room) {
  return impl_->wait([&](Completion done) { join(ns, room, std::move(done)); });
}

void Client::join(std::string_view ns, std::string_view room, Completion done) {
  impl_->loop.run([impl = impl_.get(), ns = std::string(ns), room = std::string(room),
                   done = std::move(done)] { impl->session.join(ns, room, done); });
}

Outcome Client::leave(std::string_view ns, std::string_view room) {
  return impl_->wait([&](Completion done) { leave(ns, room, std::move(done)); });
}

void Client::leave(std::string_view ns, std::string_view room, Completion done) {
  impl_->loop.run([impl = impl_.get(), ns = std::string(ns), room = std::string(room),
                   done = std::move(done)] { impl->session.leave(ns, room, done); });
}

Outcome Client::emit(const Outgoing& event) {
  uint64_t era = 0;
  std::string frame;
  Outcome checked = check_names(event);
  if (checked) checked = impl_->presence.check(event.ns, event.room, era);
  if (checked) checked = impl_->prepare(event, "", frame);
  if (!checked) return checked;
  impl_->loop.run([impl = impl_.get(), frame = std::move(frame), binary = event.binary,
                   era]() mutable { impl->session.emit(std::move(frame), binary, era); });
  return {};
}

Outcome Client::emit_native(std::string_view payload, bool binary) {
  uint64_t era = 0;
  std::string frame = Socket::blank().append(payload);
  Outcome checked = impl_->presence.check("", "", era);
  if (checked) checked = impl_->book(frame, binary);
  if (!checked) return checked;
  impl_->loop.run([impl = impl_.get(), frame = std::move(frame), binary, era]() mutable {
    impl->session.emit(std::move(frame), binary, era);
  });
  return {};
}

Outcome Client::ask(const Outgoing& event, std::chrono::milliseconds timeout) {
  return impl_->wait([&](Completion done) { ask(event, timeout, std::move(done)); });
}

void Client::ask(const Outgoing& event, std::chrono::milliseconds timeout, Completion done) {
  uint64_t era = 0;
  std::string frame;
  std::string token = impl_->asks.next_token();
  Outcome checked = check_names(event);
  if (checked) checked = impl_->presence.check(event.ns, event.room, era);
  if (checked) checked = impl_->prepare(event, token, frame);
  if (!checked)
    return impl_->loop.run(
        [done = std::move(done), checked = std::move(checked)] { done(checked); });
  if (timeout <= timeout.zero()) timeout = impl_->options.ask_timeout;
  impl_->loop.run([impl = impl_.get(), frame = std::move(frame), token = std::move(token),
                   binary = event.binary, era, timeout, done = std::move(done)]() mutable {
    impl->session.ask(std::move(frame), binary, era, token, timeout, std::move(done));
  });
}

void Client::close(uint16_t code, std::string_view reason) {
  impl_->loop.run(
      [impl = impl_.get(), code, reason = std::string(reason)] { impl->link.close(code, reason); });
}

bool Client::wait_closed(std::chrono::milliseconds timeout) {
  return !impl_->loop.on_thread() && impl_->presence.wait_settled(timeout);
}

bool Client::open() const {
  return impl_->presence.open();
}
std::string Client::id() const {
  return impl_->presence.id();
}
Closed Client::closed() const {
  return impl_->presence.closed();
}
uint32_t Client::tries() const {
  return impl_->presence.tries();
}
bool Client::connected(std::string_view ns) const {
  return impl_->presence.in(ns);
}

bool Client::joined(std::string_view ns, std::string_view room) const {
  return impl_->presence.in(ns, room);
}

std::vector<std::string> Client::namespaces() const {
  std::vector<std::string> names;
  for (const auto& [ns, rooms] : impl_->presence.memberships()) names.push_back(ns);
  return names;
}

std::vector<std::string> Client::rooms(std::string_view ns) const {
  const Memberships where = impl_->presence.memberships();
  const auto at = where.find(ns);
  if (at == where.end()) return {};
  return {at->second.begin(), at->second.end()};
}

}  // namespace stoa::client
