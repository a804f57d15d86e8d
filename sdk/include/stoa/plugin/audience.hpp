// Many members at once: a room, or everyone in the namespace.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "member.hpp"

namespace stoa {

// What is called with all answers of an ask_all(), where the instance's events run.
using OnAnswers = std::function<void(const std::vector<Answer>&)>;

// To whom something goes, put together from a room, everyone, or a member in a room:
//
//   room("lobby").except(from).emit("message", msg);
//   everyone().only(id).emit("hint", "psst");
//   member.in("lobby").emit("hint", "psst");
//
// Delivered to each member at most once, in the order of the calls. Sending to nobody is kOk. Any
// thread.
class Audience {
 public:
  // All but this one.
  [[nodiscard]] Audience except(const Connection& one) const {
    Audience rest = *this;
    rest.except_ = one.number();
    return rest;
  }

  // Only those with this id, which is one at most.
  [[nodiscard]] Audience only(std::string_view id) const {
    Audience one = *this;
    one.only_id_ = id;
    return one;
  }

  Status emit(std::string_view event, const Body& body = {}) const {
    const stoa_target to = target();
    const stoa_message sent = detail::message(event, body);
    return link_->call(&stoa_host::emit, &to, &sent);
  }

  // Sends a raw frame, for plain WebSocket clients.
  Status emit_native(const Body& frame) const {
    const stoa_target to = target();
    const stoa_message sent = detail::message("", frame, STOA_MESSAGE_NATIVE);
    return link_->call(&stoa_host::emit, &to, &sent);
  }

  // Builds a message of this room (or of none) once; then sends one, which must have been prepared
  // for the same room: kInvalid if not.
  [[nodiscard]] Prepared prepare(std::string_view event, const Body& body = {}) const {
    const stoa_message kept = detail::message(event, body);
    stoa_prepared number = 0;
    (void)link_->call(&stoa_host::prepare, detail::bytes(room_), &kept, &number);
    return {*link_, number};
  }
  Status emit(const Prepared& message) const {
    const stoa_target to = target();
    return link_->call(&stoa_host::prepared_emit, &to, message.number());
  }

  // Asks them all: the first answer wins. `done` is called once if the status is kOk, else never.
  // `timeout` 0 is the host's default; at most an hour.
  Status ask_any(std::string_view event, const Body& body, std::chrono::milliseconds timeout,
                 OnAnswer done) const {
    return ask(
        event, body, timeout, STOA_ASK_ANY, detail::Callbacks::Life::kOnce,
        [link = link_, done = std::move(done)](const stoa_event& e) { done(Answer(*link, e)); });
  }

  // Asks them all and waits for all: `done` is called once, with every answer that came before the
  // deadline, if the status is kOk, else never.
  Status ask_all(std::string_view event, const Body& body, std::chrono::milliseconds timeout,
                 OnAnswers done) const;

 protected:
  Audience(detail::Link& link, uint32_t scope, stoa_connection one, std::string_view room)
      : link_(&link), scope_(scope), one_(one), room_(room) {}

  [[nodiscard]] detail::Link& link() const { return *link_; }
  [[nodiscard]] std::string_view room() const { return room_; }

 private:
  friend class Member;

  [[nodiscard]] stoa_target target() const {
    return {sizeof(stoa_target),    scope_, one_, except_, detail::bytes(room_),
            detail::bytes(only_id_)};
  }

  Status ask(std::string_view event, const Body& body, std::chrono::milliseconds timeout,
             uint32_t mode, detail::Callbacks::Life life,
             detail::Callbacks::Function function) const {
    const stoa_target to = target();
    const stoa_message sent = detail::message(event, body);
    return link_->call_back(life, std::move(function), [&](uint64_t cookie) {
      return link_->call(&stoa_host::ask, &to, &sent, mode, detail::milliseconds(timeout), cookie);
    });
  }

  detail::Link* link_;
  uint32_t scope_;       // STOA_TO_*
  stoa_connection one_;  // for STOA_TO_CONNECTION
  stoa_connection except_ = 0;
  std::string room_;
  std::string only_id_;
};

// A whole room, or the whole namespace: plugin.room(name), plugin.everyone().
class Group : public Audience {
 public:
  explicit Group(detail::Link& link) : Audience(link, STOA_TO_NAMESPACE, 0, "") {}
  Group(detail::Link& link, std::string_view room) : Audience(link, STOA_TO_ROOM, 0, room) {}

  // Who is in it now. Any of them may be gone a moment later.
  [[nodiscard]] std::vector<Member> members() const {
    std::vector<stoa_connection> found(count());
    found.resize(fill(found));
    std::vector<Member> members;
    members.reserve(found.size());
    for (const stoa_connection number : found) members.emplace_back(link(), number);
    return members;
  }

  // How many are in it; 0 for a room that nobody is in.
  [[nodiscard]] uint64_t count() const {
    uint64_t number = 0;
    (void)link().call(&stoa_host::members, detail::bytes(room()), nullptr, 0u, &number);
    return number;
  }

 private:
  // Returns how many of `found` are filled. Who came in between the two calls is not in it.
  uint64_t fill(std::vector<stoa_connection>& found) const {
    uint64_t number = 0;
    (void)link().call(&stoa_host::members, detail::bytes(room()), found.data(), found.size(),
                      &number);
    return number < found.size() ? number : found.size();
  }
};

namespace detail {

// The answers of one ask_all(). In a concurrent plugin they come on several threads.
class Collection {
 public:
  Collection(Link& link, OnAnswers done) : link_(&link), done_(std::move(done)) {}

  void take(const stoa_event& event) {
    std::unique_lock lock(mutex_);
    if ((event.flags & STOA_EVENT_LAST) == 0) {
      answers_.emplace_back(*link_, event);
      return;
    }
    const std::vector<Answer> all = std::move(answers_);
    lock.unlock();
    done_(all);
  }

 private:
  Link* link_;
  OnAnswers done_;
  std::mutex mutex_;
  std::vector<Answer> answers_;
};

}  // namespace detail

inline Audience Member::in(std::string_view room) const {
  return {link(), STOA_TO_CONNECTION, number(), room};
}

inline Status Audience::ask_all(std::string_view event, const Body& body,
                                std::chrono::milliseconds timeout, OnAnswers done) const {
  auto answers = std::make_shared<detail::Collection>(*link_, std::move(done));
  return ask(event, body, timeout, STOA_ASK_ALL, detail::Callbacks::Life::kUntilLast,
             [answers](const stoa_event& e) { answers->take(e); });
}

}  // namespace stoa
