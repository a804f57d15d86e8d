// Calling plugins, and hearing their answers.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "routing/connection.h"
#include "routing/deadlines.h"
#include "routing/handle.h"
#include "routing/namespace.h"
#include "routing/outcome.h"
#include "routing/version.h"
#include "stoa/plugin.h"
#include "wire/message.h"

namespace stoa::routing {

class Shard;

// An event with everything zero but what is given.
[[nodiscard]] inline stoa_event make_event(uint32_t kind, uint32_t by, uint64_t connection) {
  stoa_event event{};
  event.struct_size = sizeof(event);
  event.kind = kind;
  event.by = by;
  event.connection = connection;
  return event;
}
[[nodiscard]] stoa_bytes as_bytes(std::string_view text) noexcept;
[[nodiscard]] std::string_view as_view(stoa_bytes bytes) noexcept;

// One shard's calls into plugins. Loop thread only, except answer().
//
// A question is an event that may be answered. Its answer comes while the plugin's handle() runs,
// or, if that returned STOA_PENDING, later by token and from any thread, or never: then the
// namespace's deadline answers "handler unavailable".
class Calls {
 public:
  using Then = std::function<void(const Outcome&)>;

  Calls(Shard& shard, uint8_t worker) : shard_(shard), pending_(worker) {}

  // An event that is not answered. Nothing happens if the plugin does not want it.
  void tell(Version& version, stoa_event event);

  // The same, if `still()` says so when the instance's turn has come. `still` is called once.
  void tell_if(const std::function<bool()>& still, Version& version, stoa_event event);

  // An event of what happens whatever the plugin answers: it can only close the connection with it.
  void force(Connection& connection, Version& version, stoa_event event);

  // A question, about a connection or none. Calls `then` with the outcome, exactly once: before it
  // returns, or later on this thread. If the connection is gone by then the outcome is the error
  // "write closed".
  void decide(Version& version, stoa_event event, const Then& then);

  // A message or a native frame: its answer goes to the client, as soon as it is given.
  void message(Connection& connection, Version& version, stoa_event& event,
               const wire::Received& message);

  // A question that this thread asks itself, whichever it is: before the loops start, or beside
  // them. Its answer must be given before handle() returns. REQUIRES: the instance gets no other
  // event yet.
  [[nodiscard]] static Outcome ask_here(Version& version, stoa_event event);
  // Was that the question of this token? Then it is answered now.
  [[nodiscard]] static bool answer_here(stoa_reply token, const Said& said);

  // stoa_host.answer. Any thread.
  [[nodiscard]] int32_t answer(Version& version, stoa_reply token, const stoa_answer& answer);

  // The connection is gone: its open questions end.
  void forget(Connection& connection);

  // Says `outcome` to the client as the answer to `question`.
  void send_answer(Connection& to, const wire::Received& question, bool binary, bool native,
                   const Said& outcome);

 private:
  struct Pending {
    Then then;
    std::unique_ptr<Version::Errand> errand;  // of the version that is to answer
    uint64_t connection = 0;
    uint32_t kind = 0;  // of its event; the answer to a message goes straight to the client
    bool binary = false;
    bool answered = false;  // its answer waits in the inbox
    Deadlines::Position deadline{};
    explicit operator bool() const noexcept { return then != nullptr; }
  };
  // The question whose handle() is running.
  struct Current {
    stoa_reply token = 0;
    Connection* connection = nullptr;
    const wire::Received* message = nullptr;  // null for lifecycle events
    bool binary = false;
    bool native = false;
    bool answered = false;
    Outcome outcome;
  };

  // Sets `event.index` for a lifecycle event; false if the plugin does not want it at all.
  static bool wanted(Version& version, stoa_event& event);
  int32_t run(Version& version, const stoa_event& event, Current& current);
  template <class Still>
  int32_t run(Version& version, const stoa_event& event, Current& current, Still still);
  // Counts how a question of this kind of event ended.
  void count(Version& version, uint32_t kind, bool failed) noexcept;
  void keep_pending(Version& version, uint64_t token, const stoa_event& event, bool binary,
                    Then then);
  // Its connection no longer waits for it.
  void unlist(const Pending& pending, uint64_t token);
  // Takes the pending question out, or returns an empty one.
  Pending take(uint64_t token);
  int32_t resolve(stoa_reply token, const Said& said);
  void finish(const Pending& pending, const Outcome& outcome);

  Shard& shard_;
  Slots<Pending> pending_;
  Current* current_ = nullptr;
};

}  // namespace stoa::routing
