// Calling plugins, and hearing their answers.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "routing/connection.h"
#include "routing/mail.h"
#include "routing/namespace.h"
#include "routing/outcome.h"
#include "routing/questions.h"
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

// One shard's calls into plugins, here or on the lanes of those that do not run on the loops. Loop
// thread only, except answer().
//
// A question is an event that may be answered. Its answer comes while the plugin's handle() runs,
// or, if that returned STOA_PENDING, later by token and from any thread, or never: then the
// namespace's deadline answers "handler unavailable".
class Calls {
 public:
  using Then = Questions::Then;

  Calls(Shard& shard, uint8_t worker) : shard_(shard), questions_(shard, worker) {}

  // An event that is not answered. Nothing happens if the plugin does not want it.
  void tell(Version& version, stoa_event event);

  // The same of a timer's beat, if the timer is still there when the instance's turn has come; one
  // that does not repeat is over with it. Calls `then` once it was handled.
  void beat(Version& version, stoa_event event, uint64_t timer, bool repeats,
            const std::function<void()>& then);

  // An event of what happens whatever the plugin answers: it can only close the connection with it.
  // Returns whether it was handled; else `then` is called once it was, or the connection is gone.
  bool force(Connection& connection, Version& version, stoa_event event,
             const std::function<void()>& then);

  // Calls `then` once all events that were told to the version before were handled: now, or later
  // on this thread.
  void behind(Version& version, const std::function<void()>& then);

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
  void forget(Connection& connection) { questions_.forget(connection); }
  [[nodiscard]] Questions& questions() noexcept { return questions_; }

  // The version failed: whoever waits for it hears that nobody answers.
  void give_up(Version& version);

  // The version's lane has room again: who fed it is read again.
  void feed_on(const Version& version);

  // Wakes the lanes that got something.
  void ring_lanes();

  // Says `outcome` to the client as the answer to `question`, in this flow.
  void send_answer(Connection& to, Flow flow, const wire::Received& question, bool binary,
                   bool native, const Said& outcome);

 private:
  // The question whose handle() is running.
  struct Current {
    stoa_reply token = 0;
    Connection* connection = nullptr;
    const wire::Received* message = nullptr;  // null for lifecycle events
    Flow flow = Flow::kConnection;            // of the answer to the message
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
  // Puts it into the version's lane.
  void post(Version& version, const Letter& letter);
  // The same of a question, of which a Then or an OwnedMessage says what becomes of its answer.
  template <class Asker>
  void post(Version& version, stoa_event event, Asker asker);

  Shard& shard_;
  // The client's message is more than the lane is to hold: true if it is not queued.
  [[nodiscard]] bool turn_away(Connection& connection, Version& version,
                               const wire::Received& message, bool binary, bool native);
  // The client is not read until the lane has room.
  void push_back(Connection& connection, Version& version);

  Questions questions_;
  Current* current_ = nullptr;
  // Who is not read until a version's lane has room, by its number.
  std::unordered_map<uint64_t, std::vector<uint64_t>> pushed_back_;
  std::vector<std::shared_ptr<Version>> posted_;  // whose lanes got something since they were rung
};

}  // namespace stoa::routing
