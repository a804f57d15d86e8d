// The protocol's conversation on one connection after the other: the acknowledgement, namespaces
// and rooms, events, asks and their answers.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "asks.h"
#include "presence.h"
#include "socket.h"
#include "stoa/client.hpp"
#include "wire/message.h"

namespace stoa::client {

// Owned by the client, and borrows its other parts. Lives on the loop's thread.
class Session {
 public:
  struct Listener {
    // Acknowledged under `id`, and in `where` from the start.
    std::function<void(std::string id, const Memberships& where)> accepted;
    std::function<void(std::string text)> refused;
  };

  Session(Client& client, const Options& options, Socket& socket, Presence& presence, Asks& asks,
          Listener listener);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // The socket is open: introduces the client.
  void begin();
  // The socket received a frame.
  void receive(std::string_view frame, bool binary);
  // The socket is gone: every room and namespace is left by force, then the asks wake. REQUIRES:
  // presence was told; `where` is where the client was.
  void end(const Memberships& where);

  // What the client wants. Each `done` runs once.
  void connect(const std::string& ns, Completion done);
  void disconnect(const std::string& ns, Completion done);
  void disconnect_all(Completion done);
  void join(const std::string& ns, const std::string& room, Completion done);
  void leave(const std::string& ns, const std::string& room, Completion done);

  // Sends `frame`, which was booked in the socket's queue in the era `era`, unless that is over.
  void emit(std::string frame, bool binary, uint64_t era);
  void ask(std::string frame, bool binary, uint64_t era, const std::string& token,
           std::chrono::milliseconds timeout, Completion done);

 private:
  struct HeldFrame {
    std::string bytes;
    bool binary;
  };
  using HeldFrames = std::vector<HeldFrame>;
  // What the client asked for and is not answered yet. A second wish for the same joins the first.
  struct Act {
    std::vector<Completion> done;
    HeldFrames held;  // a connect's: events of the namespace that came before the answer
  };
  using ActKey = std::tuple<std::string, std::string, std::string>;  // event, namespace, room

  void acknowledge(std::string_view frame, bool binary);
  void dispatch(std::string_view frame, bool binary);
  void hold(HeldFrames& held, std::string_view frame, bool binary);
  void replay(const HeldFrames& held);

  void on_answer(const wire::Message& message, bool binary);
  void on_connect(const wire::Message& message);
  void on_disconnect(const wire::Message& message);
  void on_join(const wire::Message& message);
  void on_leave(const wire::Message& message);
  void on_event(const wire::Message& message, std::string_view frame, bool binary);
  void on_native(std::string_view frame, bool binary);

  bool begin_act(const ActKey& key, Completion done);
  void ask_act(const ActKey& key, std::function<void(Outcome)> answered);
  void finish_act(const ActKey& key, const Outcome& outcome);
  void leave_all_by_force(std::string_view ns, bool local);
  void leave_by_force(std::string_view ns, const Rooms& rooms, bool local);

  [[nodiscard]] const Events* declared(std::string_view ns) const;
  std::optional<Reply> fire(const Message& message);
  void fire_and_forget(const Message& message) { static_cast<void>(fire(message)); }
  [[nodiscard]] static bool refused(const std::optional<Reply>& reply) {
    return reply && reply->kind() == Reply::Kind::kError;
  }

  void send(const wire::Message& message, bool binary);
  void send_raw(std::string_view payload, bool binary);
  void answer_empty(const wire::Message& message);
  void answer_error(const wire::Message& message, std::string_view text);
  void answer(const wire::Message& message, const Reply& reply, bool binary);

  Client& client_;
  const Options& options_;
  Socket& socket_;
  Presence& presence_;
  Asks& asks_;
  Listener listener_;
  bool native_ = false;       // frames that are no messages are welcome
  bool native_only_ = false;  // and there are no others
  HeldFrames early_;          // came before the acknowledgement
  std::map<ActKey, Act> acts_;
};

}  // namespace stoa::client
