// A connection that is in the plugin's namespace, and what it answers.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "connection.hpp"
#include "event.hpp"
#include "prepared.hpp"

namespace stoa {

class Audience;

// A member of the plugin's namespace: one can send to it. A small handle, as Connection is. Once it
// left the namespace, what is sent to it answers kNotFound or kStale. Any thread.
class Member : public Connection {
 public:
  using Connection::Connection;

  // The same member in one of its rooms: what is sent to it there names the room.
  //
  //   member.in("lobby").emit("message", "only you can hear me");
  [[nodiscard]] Audience in(std::string_view room) const;

  // Sends it a message. Messages reach it in the order of the calls. kLimit: too much waits for it.
  Status emit(std::string_view event, const Body& body = {}) const {
    const stoa_target to = target();
    const stoa_message sent = detail::message(event, body);
    return link().call(&stoa_host::emit, &to, &sent);
  }

  // Sends it a raw frame, for plain WebSocket clients.
  Status emit_native(const Body& frame) const {
    const stoa_target to = target();
    const stoa_message sent = detail::message("", frame, STOA_MESSAGE_NATIVE);
    return link().call(&stoa_host::emit, &to, &sent);
  }

  // Sends it a message that was prepared without a room.
  Status emit(const Prepared& message) const {
    const stoa_target to = target();
    return link().call(&stoa_host::prepared_emit, &to, message.number());
  }

  // Asks it: `done` is called once if the status is kOk, else never. `timeout` 0 is the host's
  // default; at most an hour.
  //
  //   member.ask("ready?", round, 5s, [](const stoa::Answer& a) { if (a.ok()) ... });
  Status ask(std::string_view event, const Body& body, std::chrono::milliseconds timeout,
             OnAnswer done) const;

  // Makes it join a room, or leave one, from the server's side: an ask to the client, whose outcome
  // comes to `done`.
  Status join(std::string_view room, OnAnswer done = nullptr) const;
  Status leave(std::string_view room, OnAnswer done = nullptr) const;

 private:
  [[nodiscard]] stoa_target target() const {
    return {sizeof(stoa_target), STOA_TO_CONNECTION, number(), 0, {}, {}};
  }
};

// What came of an ask, or of a connect, disconnect, join or leave that the server wanted.
struct Answer {
  Answer(detail::Link& link, const stoa_event& event)
      : from(link, event.connection),
        status(static_cast<Status>(event.status)),
        body(detail::view(event.body)),
        binary((event.flags & STOA_EVENT_BINARY) != 0) {}

  Member from;       // who answered, or did not
  Status status;     // kOk; kRemote: an error; kTimeout; kClosed: it went away; kNotFound: nobody
                     // was there to ask; kInvalid; kLimit: too much of it is under way already
  std::string body;  // the answer, or the error's text
  bool binary;

  [[nodiscard]] bool ok() const { return status == Status::kOk; }

  // What the other side says is wrong; kWriteClosed if it went away; else of an empty text. Borrows
  // from this.
  [[nodiscard]] Error error() const {
    if (status == Status::kClosed) return kWriteClosed;
    return Error(status == Status::kRemote ? std::string_view(body) : std::string_view());
  }

  // The body as a value. Throws PayloadError if it is no T in JSON.
  template <JsonReadable T>
  [[nodiscard]] T as() const {
    return detail::from_json_text<T>(body);
  }
};

template <class Start>
Status Connection::tell(OnAnswer done, Start start) const {
  if (!done) return start(0);
  return link_->call_back(
      detail::Callbacks::Life::kOnce,
      [link = link_, done = std::move(done)](const stoa_event& e) { done(Answer(*link, e)); },
      std::move(start));
}

inline Status Connection::connect(OnAnswer done) const {
  return tell(std::move(done), [this](uint64_t cookie) {
    return link_->call(&stoa_host::connect, number_, nullptr, cookie);
  });
}

inline Status Connection::disconnect(OnAnswer done) const {
  return tell(std::move(done), [this](uint64_t cookie) {
    return link_->call(&stoa_host::disconnect, number_, nullptr, cookie);
  });
}

inline Status Connection::connect_to(std::string_view ns, OnAnswer done) const {
  return tell(std::move(done), [this, name = detail::bytes(ns)](uint64_t cookie) {
    return link_->call(&stoa_host::connect, number_, &name, cookie);
  });
}

inline Status Connection::disconnect_from(std::string_view ns, OnAnswer done) const {
  return tell(std::move(done), [this, name = detail::bytes(ns)](uint64_t cookie) {
    return link_->call(&stoa_host::disconnect, number_, &name, cookie);
  });
}

inline Status Connection::disconnect_all(OnAnswer done) const {
  return tell(std::move(done), [this](uint64_t cookie) {
    return link_->call(&stoa_host::disconnect_all, number_, cookie);
  });
}

inline Status Member::ask(std::string_view event, const Body& body,
                          std::chrono::milliseconds timeout, OnAnswer done) const {
  return tell(std::move(done), [&](uint64_t cookie) {
    const stoa_target to = target();
    const stoa_message sent = detail::message(event, body);
    return link().call(&stoa_host::ask, &to, &sent, STOA_ASK_ANY, detail::milliseconds(timeout),
                       cookie);
  });
}

inline Status Member::join(std::string_view room, OnAnswer done) const {
  return tell(std::move(done), [&](uint64_t cookie) {
    return link().call(&stoa_host::join, number(), detail::bytes(room), cookie);
  });
}

inline Status Member::leave(std::string_view room, OnAnswer done) const {
  return tell(std::move(done), [&](uint64_t cookie) {
    return link().call(&stoa_host::leave, number(), detail::bytes(room), cookie);
  });
}

}  // namespace stoa
