#include "routing/calls.h"

#include <optional>
#include <utility>
#include <vector>

#include "routing/lane.h"
#include "routing/owned_message.h"
#include "routing/shard.h"
#include "routing/thread_lane.h"
#include "wire/frame.h"
#include "wire/utf8.h"

namespace stoa::routing {
namespace {

// The whole of a client's text was found to be UTF-8 when it came.
bool is_part_of(std::string_view part, std::string_view whole) {
  return part.data() == whole.data() && part.size() == whole.size();
}

wire::Frame error_answer(wire::Opcode opcode, const wire::Message& question, bool native,
                         std::string_view text) {
  if (native) return wire::Frame::of(wire::Opcode::kText, text);
  return wire::Frame::of(opcode, wire::Message{.wait = question.wait,
                                               .ns = question.ns,
                                               .room = question.room,
                                               .event = question.event,
                                               .is_error = true,
                                               .body = text});
}

}  // namespace

stoa_bytes as_bytes(std::string_view text) noexcept {
  return {text.data(), text.size()};
}

std::string_view as_view(stoa_bytes bytes) noexcept {
  return {bytes.data ? bytes.data : "", static_cast<std::size_t>(bytes.size)};
}

namespace {

// No shard's: a worker's number ends below.
constexpr stoa_reply kHere = Handle{1, 0xff, 1}.number();
// The question that this thread asks outside of all loops.
thread_local std::optional<Outcome>* answered_here = nullptr;

}  // namespace

Outcome Calls::ask_here(Version& version, stoa_event event) {
  if (!version.wants().handles(event.kind)) return {};
  std::optional<Outcome> answer;
  answered_here = &answer;
  event.reply = kHere;
  const int32_t result = version.handle_here(event);
  answered_here = nullptr;
  if (answer) return *answer;
  if (result == STOA_PENDING) return Outcome::error("it did not answer at once");
  return result < 0 ? Outcome::error(kHandlerFailed) : Outcome{};
}

bool Calls::answer_here(stoa_reply token, const Said& said) {
  if (token != kHere || !answered_here || *answered_here) return false;
  *answered_here = Outcome::of(said);
  return true;
}

bool Calls::wanted(Version& version, stoa_event& event) {
  if (version.ended()) return false;
  const plugin::Interests& wants = version.wants();
  if (wants.handles(event.kind)) return true;
  const bool lifecycle = event.kind >= STOA_EVENT_CONNECT && event.kind <= STOA_EVENT_ROOM_LEFT;
  if (!lifecycle || !wants.handles_any()) return false;
  event.index = STOA_INDEX_ANY;
  return true;
}

void Calls::tell(Version& version, stoa_event event) {
  if (!wanted(version, event)) return;
  if (version.lane()) return post(version, Letter{event, shard_.now()});
  Current current;
  static_cast<void>(run(version, event, current));
}

void Calls::beat(Version& version, stoa_event event, uint64_t timer, bool repeats,
                 const std::function<void()>& then) {
  if (version.lane() && wanted(version, event)) {
    const stoa_reply receipt = questions_.keep_receipt(version, then);
    return post(version, Letter{event, shard_.now(), receipt, timer, !repeats});
  }
  const auto still = [&] { return version.beats(timer, repeats); };
  if (wanted(version, event)) {
    Current current;
    static_cast<void>(run(version, event, current, still));
  } else {
    static_cast<void>(still());
  }
  then();
}

bool Calls::force(Connection& connection, Version& version, stoa_event event,
                  const std::function<void()>& then) {
  if (!wanted(version, event)) return true;
  const auto close = [this, handle = connection.handle()](const Outcome& outcome) {
    Connection* const it = shard_.find(handle);
    if (!it || outcome.kind != STOA_ANSWER_CLOSE) return;
    shard_.close_in_turn(*it, static_cast<uint16_t>(outcome.code), outcome.body);
  };
  if (version.lane()) {
    post(version, event, [close, then](const Outcome& outcome) {
      close(outcome);
      then();
    });
    return false;
  }
  Current current;
  current.token = event.reply = questions_.reserve();
  static_cast<void>(run(version, event, current));
  questions_.release(current.token);
  close(current.outcome);
  return true;
}

void Calls::behind(Version& version, const std::function<void()>& then) {
  if (!version.lane() || version.ended()) return then();
  const stoa_reply receipt = questions_.keep_receipt(version, then);
  post(version, Letter{make_event(0, STOA_BY_HOST, 0), shard_.now(), receipt});
}

void Calls::post(Version& version, const Letter& letter) {
  version.lane()->post(letter);
  if (version.note_posted(shard_)) posted_.push_back(version.shared_from_this());
}

template <class Asker>
void Calls::post(Version& version, stoa_event event, Asker asker) {
  event.reply = questions_.reserve();
  questions_.keep(event.reply, version, event, std::move(asker));
  post(version, Letter{event, shard_.now()});
}

bool Calls::turn_away(Connection& connection, Version& version, const wire::Received& message,
                      bool binary, bool native) {
  const manifest::WhenFull policy = version.ns().queue().when_full;
  if (policy == manifest::WhenFull::kPushBack) return false;
  const bool asks = !message.wait.empty();
  CallStats& stats = version.stats(shard_.index());
  if (!asks && policy == manifest::WhenFull::kDropNewest) {
    stats.dropped.add();
  } else {
    stats.refused.add();
    send_answer(connection, version.ns().flow(), message, binary, native, kBusy);
  }
  return true;
}

void Calls::push_back(Connection& connection, Version& version) {
  if (version.ns().queue().when_full != manifest::WhenFull::kPushBack) return;
  if (connection.feeds_too_much || connection.is_closing()) return;
  version.stats(shard_.index()).pushed_back.add();
  shard_.delivery().push_back(connection, true);
  pushed_back_[version.number()].push_back(connection.handle());
  if (!version.lane()->await_room()) feed_on(version);
}

void Calls::give_up(Version& version) {
  questions_.give_up(version);
  feed_on(version);
}

void Calls::feed_on(const Version& version) {
  const auto waiting = pushed_back_.extract(version.number());
  if (waiting.empty()) return;
  for (const uint64_t handle : waiting.mapped()) {
    if (Connection* const it = shard_.find(handle)) shard_.delivery().push_back(*it, false);
  }
}

void Calls::ring_lanes() {
  for (const auto& version : posted_) version->ring(shard_);
  posted_.clear();
}

int32_t Calls::run(Version& version, const stoa_event& event, Current& current) {
  return run(version, event, current, [] { return true; });
}

template <class Still>
int32_t Calls::run(Version& version, const stoa_event& event, Current& current, Still still) {
  CallStats& stats = version.stats(shard_.index());
  stats.calls.add();
  const bool timed = version.timed();
  const TimePoint begun = timed ? Clock::now() : TimePoint{};
  // A plugin's answer for somebody else may run inside: remember whose turn it was.
  Current* const outer = std::exchange(current_, &current);
  const int32_t result = version.instance().handle_if(still, event);
  current_ = outer;
  if (timed) stats.durations.add(Clock::now() - begun);
  return result;
}

void Calls::decide(Version& version, stoa_event event, const Then& then) {
  // A way out needs nobody's leave.
  const bool leads_in = event.kind == STOA_EVENT_CONNECT || event.kind == STOA_EVENT_ROOM_JOIN;
  if (leads_in && version.failed()) return then(Outcome::none_in_time());
  if (!wanted(version, event)) return then(Outcome{});
  if (version.lane()) return post(version, event, then);
  Current current;
  current.token = event.reply = questions_.reserve();
  const int32_t result = run(version, event, current);
  if (result == STOA_PENDING && !current.answered) {
    questions_.keep(current.token, version, event, then);
    return questions_.think(current.token);
  }
  questions_.release(current.token);
  if (!current.answered && result < 0) current.outcome = Outcome::error(kHandlerFailed);
  version.stats(shard_.index()).count(event.kind, current.outcome.denied());
  then(current.outcome);
}

void Calls::message(Connection& connection, Version& version, stoa_event& event,
                    const wire::Received& message) {
  const bool binary = (event.flags & STOA_EVENT_BINARY) != 0;
  const bool native = event.kind == STOA_EVENT_NATIVE;
  version.stats(shard_.index()).messages.add();
  if (version.failed()) {
    version.stats(shard_.index()).count(event.kind, true);
    return send_answer(connection, version.ns().flow(), message, binary, native, kNoneInTime);
  }
  if (Lane* const lane = version.lane()) {
    if (lane->is_full() && turn_away(connection, version, message, binary, native)) return;
    post(version, event, OwnedMessage(message, binary));
    if (lane->is_full()) push_back(connection, version);
    return;
  }
  Current current;
  current.token = event.reply = questions_.reserve();
  current.connection = &connection;
  current.message = &message;
  current.flow = version.ns().flow();
  current.binary = binary;
  current.native = native;
  const int32_t result = run(version, event, current);
  if (result == STOA_PENDING && !current.answered) {
    questions_.keep(current.token, version, event, OwnedMessage(message, binary));
    return questions_.think(current.token);
  }
  questions_.release(current.token);
  if (current.answered) return;
  if (result < 0) version.stats(shard_.index()).count(event.kind, true);
  send_answer(connection, current.flow, message, current.binary, current.native,
              result < 0 ? Said{STOA_ANSWER_ERROR, 0, 0, kHandlerFailed} : Said{});
}

void Calls::send_answer(Connection& to, Flow flow, const wire::Received& question, bool binary,
                        bool native, const Said& outcome) {
  const bool ask = !question.wait.empty();
  // An error that a client sent is not answered with another: two errors would play ping-pong.
  const bool may_speak = native || ask || !question.is_error;
  const bool as_binary = binary || (outcome.flags & STOA_MESSAGE_BINARY) != 0;
  const wire::Opcode opcode = as_binary ? wire::Opcode::kBinary : wire::Opcode::kText;
  const bool in_place = questions_.in_place();
  const auto say = [&](std::string_view head, std::string_view body) {
    if (in_place) return shard_.delivery().say(to, flow, opcode, head, body);
    shard_.say_in_turn(to, flow, opcode, head, body);
  };
  if (outcome.kind == STOA_ANSWER_NONE) {
    if (ask) say(question.wait, wire::kEmptyAnswerTail);
    return;
  }
  if (outcome.kind == STOA_ANSWER_REPLY) {
    if (!may_speak) return;
    std::string scratch;
    return say(native ? "" : wire::reply_head(question, scratch), outcome.body);
  }
  if (may_speak) {
    wire::Frame frame = error_answer(opcode, question, native, outcome.body);
    in_place ? shard_.delivery().say(to, flow, std::move(frame))
             : shard_.say_in_turn(to, flow, std::move(frame));
  }
  if (outcome.kind != STOA_ANSWER_CLOSE) return;
  const auto code = static_cast<uint16_t>(outcome.code);
  in_place ? shard_.delivery().close(to, code, outcome.body)
           : shard_.close_in_turn(to, code, outcome.body);
}

int32_t Calls::answer(Version& version, stoa_reply token, const stoa_answer& answer) {
  const Said said{answer.kind, answer.flags, answer.code, as_view(answer.body)};
  if (!shard_.on_loop_thread()) {
    if (const auto result = ThreadLane::answered(token, said)) return *result;
    const bool put = shard_.inbox().put(
        [version = version.shared_from_this(), token, outcome = Outcome::of(said)](Shard& shard) {
          Questions& questions = shard.calls().questions();
          const int32_t result = questions.answer_in_place(token, outcome.said(), version.get());
          if (result != STOA_OK) version->complain("answer", result);
        });
    return put ? STOA_OK : STOA_ERR_LIMIT;
  }
  if (!current_ || current_->token != token || token == 0) return questions_.answer(token, said);
  if (current_->answered) return STOA_ERR_STALE;
  const bool known = !current_->message || is_part_of(said.body, current_->message->body);
  if (!known && !may_answer(STOA_EVENT_MESSAGE, current_->binary, said)) return STOA_ERR_INVALID;
  current_->answered = true;
  if (current_->message) {
    if (said.kind == STOA_ANSWER_ERROR) {
      version.stats(shard_.index()).count(STOA_EVENT_MESSAGE, true);
    }
    send_answer(*current_->connection, current_->flow, *current_->message, current_->binary,
                current_->native, said);
  } else {
    current_->outcome = Outcome::of(said);
  }
  return STOA_OK;
}

}  // namespace stoa::routing
