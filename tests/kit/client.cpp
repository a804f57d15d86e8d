#include "client.h"

#include <gtest/gtest.h>

#include <utility>

namespace stoa::kit {
namespace {

// Says what went wrong, and lets the test go on.
bool works(const client::Outcome& outcome, const std::string& what) {
  EXPECT_TRUE(outcome) << what << ": " << outcome.body;
  return static_cast<bool>(outcome);
}

}  // namespace

Place::Place(Client& client, std::string ns, std::string room)
    : client_(&client), ns_(std::move(ns)), room_(std::move(room)) {}

Place Place::join(std::string_view room) {
  works(client_->get().join(ns_, room), "join " + std::string(room));
  return {*client_, ns_, std::string(room)};
}

void Place::leave() {
  works(client_->get().leave(ns_, room_), "leave " + room_);
}

void Place::disconnect() {
  works(client_->get().disconnect(ns_), "disconnect from " + ns_);
}

void Place::emit(std::string_view event, std::string_view body) {
  works(client_->get().emit({.ns = ns_, .room = room_, .event = event, .body = body}),
        "emit " + std::string(event));
}

void Place::emit_binary(std::string_view event, std::string_view body) {
  works(
      client_->get().emit({.ns = ns_, .room = room_, .event = event, .body = body, .binary = true}),
      "emit " + std::string(event));
}

client::Outcome Place::try_ask(std::string_view event, std::string_view body,
                               std::chrono::milliseconds timeout) {
  return client_->get().ask({.ns = ns_, .room = room_, .event = event, .body = body}, timeout);
}

std::string Place::ask(std::string_view event, std::string_view body) {
  client::Outcome outcome = try_ask(event, body);
  works(outcome, "ask " + std::string(event));
  return outcome.body;
}

std::string Place::ask_binary(std::string_view event, std::string_view body) {
  client::Outcome outcome = client_->get().ask(
      {.ns = ns_, .room = room_, .event = event, .body = body, .binary = true}, kPatience);
  works(outcome, "ask " + std::string(event));
  EXPECT_TRUE(outcome.binary) << "a binary ask is to be answered in binary";
  return outcome.body;
}

Client::Client(std::string url) {
  options_.url = std::move(url);
  options_.dial_timeout = kPatience;
  options_.ask_timeout = kPatience;
  options_.on_close = [this](client::Client&, const client::Closed& closed) {
    ends_.record({.event = "closed", .body = std::to_string(closed.code)});
  };
  options_.on_reconnected = [this](client::Client&, uint32_t tries) {
    ends_.record({.event = "reconnected", .body = std::to_string(tries)});
  };
  for (const char* ns : {"default", "chat", "clock", "admin", "tally"}) declare(ns);
}

Client& Client::declare(const std::string& ns) {
  options_.namespaces[ns].on(client::kAnyEvent,
                             [this](client::Client&, const client::Message& message) {
                               events_.record(Event::of(message));
                             });
  return *this;
}

Client& Client::on(const std::string& ns, const std::string& event, client::Handler handler) {
  declare(ns);
  options_.namespaces[ns].on(event, [this, handler = std::move(handler)](
                                        client::Client& c, const client::Message& message) {
    events_.record(Event::of(message));
    return handler(c, message);
  });
  return *this;
}

client::Outcome Client::dial() {
  if (!client_) client_ = std::make_unique<client::Client>(options_);
  dialed_ = true;
  return client_->dial();
}

client::Client& Client::get() {
  if (!dialed_) works(dial(), "dial " + options_.url);
  return *client_;
}

client::Outcome Client::try_connect(std::string_view ns) {
  return get().connect(ns);
}

Place Client::connect(std::string_view ns) {
  works(try_connect(ns), "connect to " + std::string(ns));
  return {*this, std::string(ns)};
}

Event Client::wait_for(std::string_view event) {
  std::optional<Event> found = events_.take(event);
  if (!found) ADD_FAILURE() << "no " << event << " came";
  return found.value_or(Event());
}

client::Closed Client::wait_closed() {
  if (!ends_.take("closed")) ADD_FAILURE() << "the connection did not end";
  return client_ ? client_->closed() : client::Closed();
}

uint32_t Client::wait_reconnected() {
  const std::optional<Event> back = ends_.take("reconnected");
  if (!back) ADD_FAILURE() << "the client did not reconnect";
  return back ? static_cast<uint32_t>(std::stoul(back->body)) : 0;
}

}  // namespace stoa::kit
