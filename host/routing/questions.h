// Questions that plugins have not answered yet.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>

#include "routing/deadlines.h"
#include "routing/handle.h"
#include "routing/outcome.h"
#include "routing/owned_message.h"
#include "routing/version.h"
#include "stoa/plugin.h"

namespace stoa::routing {

class Connection;
class Shard;

[[nodiscard]] inline bool is_message(uint32_t kind) noexcept {
  return kind == STOA_EVENT_MESSAGE || kind == STOA_EVENT_NATIVE;
}

// May this be the answer to an event of this kind? A reply that goes out in a text frame must be
// text, or the client drops the connection.
[[nodiscard]] bool may_answer(uint32_t kind, bool binary, const Said& said);

// One shard's. Loop thread only.
//
// A question waits while it is on its way to a plugin's lane, while it is handled there, and, if
// that returned STOA_PENDING, until the plugin answers it. Whatever becomes of it, it ends once:
// with an answer, with "handler unavailable" when the namespace's time for asks is over, or with
// its connection.
class Questions {
 public:
  using Then = std::function<void(const Outcome&)>;

  Questions(Shard& shard, uint8_t worker) : shard_(shard), waiting_(worker) {}

  // A token that is stale until it is kept, or for ever if it is released.
  [[nodiscard]] stoa_reply reserve() { return waiting_.reserve(); }
  void release(stoa_reply token) { waiting_.release(token); }

  // It waits from now on. `then` hears how it ended, once, on this thread.
  void keep(stoa_reply token, Version& version, const stoa_event& event, Then then);
  // A client's message waits: the client hears how it ended.
  void keep(stoa_reply token, Version& version, const stoa_event& event, OwnedMessage message);
  // The token by which receive() says that something was handled; that has no time limit.
  [[nodiscard]] stoa_reply keep_receipt(Version& version, const std::function<void()>& then);
  void receive(stoa_reply token);
  // Its plugin thinks about it. If too many others wait so already, it ends as if nobody answered.
  void think(stoa_reply token);
  // Its plugin said so. On this thread, where a plugin may be running: STALE if it does not wait.
  [[nodiscard]] int32_t answer(stoa_reply token, const Said& said);
  // The same as a task of its own: what it says has its place in the inbox's order.
  // `by` is the version that says it, if that is not known already: no other can.
  [[nodiscard]] int32_t answer_in_place(stoa_reply token, const Said& said,
                                        const Version* by = nullptr);
  // Does answer_in_place() run?
  [[nodiscard]] bool in_place() const noexcept { return in_place_; }

  // The version answers no more: its questions end as if nobody had answered in time.
  void give_up(Version& version);
  // The connection is gone: those that it waits for end.
  void forget(Connection& connection);

 private:
  struct Waiting {
    Then then;                              // of all others
    std::optional<OwnedMessage> message;    // of a client
    std::optional<Version::Errand> errand;  // of the version that is to answer
    uint64_t connection = 0;
    uint32_t kind = 0;
    bool binary = false;
    bool answered = false;  // its answer waits in the inbox
    bool thinking = false;
    explicit operator bool() const noexcept { return errand.has_value(); }
  };
  // When they end unanswered, in that order: all of one queue have the same time.
  struct Due {
    stoa_reply token;
    TimePoint when;
  };
  struct Queue {
    std::deque<Due> due;
    bool armed = false;
  };

  [[nodiscard]] Waiting take(stoa_reply token);
  void keep(stoa_reply token, Version& version, const stoa_event& event, Waiting question);
  void finish(const Waiting& question, const Said& said, bool unanswered = false);
  void expect(stoa_reply token, std::chrono::milliseconds patience);
  void arm(std::chrono::milliseconds patience);
  void expire(std::chrono::milliseconds patience);

  Shard& shard_;
  Slots<Waiting> waiting_;
  std::size_t thinking_ = 0;
  std::map<std::chrono::milliseconds, Queue> queues_;
  bool in_place_ = false;
};

}  // namespace stoa::routing
