// A client whose tests read like a session:
//
//   kit::Client alice(server.url());
//   auto lobby = alice.connect("chat").join("lobby");
//   lobby.emit("message", "hi");
//   EXPECT_EQ(alice.wait_for("notice").body, "...");
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "event_log.h"
#include "stoa/client.hpp"

namespace stoa::kit {

class Client;

// A namespace that a client is in, or one of its rooms. Borrows the client. What should work and
// does not fails the test; ask for an Outcome where failure is the point.
class Place {
 public:
  Place(Client& client, std::string ns, std::string room = {});

  // Returns the room.
  Place join(std::string_view room);
  void leave();       // this room
  void disconnect();  // from the namespace

  void emit(std::string_view event, std::string_view body = {});
  void emit_binary(std::string_view event, std::string_view body);
  std::string ask(std::string_view event, std::string_view body = {});
  std::string ask_binary(std::string_view event, std::string_view body);
  client::Outcome try_ask(std::string_view event, std::string_view body = {},
                          std::chrono::milliseconds timeout = kPatience);

  [[nodiscard]] const std::string& ns() const { return ns_; }
  [[nodiscard]] const std::string& room() const { return room_; }

 private:
  Client* client_;
  std::string ns_;
  std::string room_;
};

// Owned by the test. Every event that has no handler of its own is recorded and left unanswered
// (which is the empty answer). Dials when something is first asked of it.
class Client {
 public:
  // Declares the namespaces of the shipped plugins.
  explicit Client(std::string url);

  // Before it dials: declares a namespace, a handler (in addition, its events are recorded),
  // options.
  Client& declare(const std::string& ns);
  Client& on(const std::string& ns, const std::string& event, client::Handler handler);
  client::Options& options() { return options_; }

  // Dials now, and says what came of it.
  client::Outcome dial();
  Place connect(std::string_view ns);
  client::Outcome try_connect(std::string_view ns);

  // The next event of this name that no wait_for() returned yet. The test fails if none comes.
  Event wait_for(std::string_view event);
  [[nodiscard]] EventLog& events() { return events_; }
  // How the connection ended, once it did; the test fails if it does not.
  client::Closed wait_closed();
  // The reconnect tries that were needed to have it back.
  uint32_t wait_reconnected();

  // The client itself, dialled.
  client::Client& get();
  client::Client* operator->() { return &get(); }

 private:
  EventLog events_;
  EventLog ends_;  // the connection's own events: "closed" and "reconnected"
  client::Options options_;
  std::unique_ptr<client::Client> client_;
  bool dialed_ = false;
};

}  // namespace stoa::kit
