#include "routing/calls.h"

#include <optional>
#include <utility>
#include <vector>

#include "routing/owned_message.h"
#include "routing/shard.h"
#include "wire/frame.h"
#include "wire/utf8.h"

namespace stoa::routing {
namespace {

constexpr std::string_view kHandlerFailed = "handler failed";

bool is_message(uint32_t kind) {
  return kind == STOA_EVENT_MESSAGE || kind == STOA_EVENT_NATIVE;
}

// The whole of a client's text was found to be UTF-8 when it came.
bool is_part_of(std::string_view part, std::string_view whole) {
  return part.data() == whole.data() && part.size() == whole.size();
}

// A reply that goes out in a text frame must be text, or the client drops the connection.
bool can_be_sent(const Said& outcome, bool binary) {
  const bool as_text = !binary && (outcome.flags & STOA_MESSAGE_BINARY) == 0;
  return outcome.kind != STOA_ANSWER_REPLY || !as_text || wire::is_utf8(outcome.body);
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
  if (!version.instance().handles(event.kind)) return {};
  std::optional<Outcome> answer;
  answered_here = &answer;
  event.reply = kHere;
  const int32_t result = version.instance().handle(event);
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
  const plugin::Instance& instance = version.instance();
  if (instance.handles(event.kind)) return true;
  const bool lifecycle = event.kind >= STOA_EVENT_CONNECT && event.kind <= STOA_EVENT_ROOM_LEFT;
  if (!lifecycle || !instance.handles_any()) return false;
  event.index = STOA_INDEX_ANY;
  return true;
}

void Calls::tell(Version& version, stoa_event event) {
  if (!wanted(version, event)) return;
  Current current;
  static_cast<void>(run(version, event, current));
}

void Calls::tell_if(const std::function<bool()>& still, Version& version, stoa_event event) {
  if (!wanted(version, event)) {
    static_cast<void>(still());
    return;
  }
  Current current;
  static_cast<void>(run(version, event, current, std::cref(still)));
}

void Calls::force(Connection& connection, Version& version, stoa_event event) {
  if (!wanted(version, event)) return;
  Current current;
  current.token = event.reply = pending_.reserve();
  static_cast<void>(run(version, event, current));
  pending_.release(current.token);
  if (current.outcome.kind == STOA_ANSWER_CLOSE) {
    shard_.close_in_turn(connection, static_cast<uint16_t>(current.outcome.code),
                         current.outcome.body);
  }
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

void Calls::count(Version& version, uint32_t kind, bool failed) noexcept {
  CallStats& stats = version.stats(shard_.index());
  if (is_message(kind)) {
    if (failed) stats.errors.add();
  } else if (kind == STOA_EVENT_CONNECT || kind == STOA_EVENT_ROOM_JOIN) {
    stats.decides.add();
    if (failed) stats.denials.add();
  }
}

void Calls::decide(Version& version, stoa_event event, const Then& then) {
  if (!wanted(version, event)) return then(Outcome{});
  Current current;
  current.token = event.reply = pending_.reserve();
  const int32_t result = run(version, event, current);
  if (result == STOA_PENDING && !current.answered) {
    return keep_pending(version, current.token, event, false, then);
  }
  pending_.release(current.token);
  if (!current.answered && result < 0) current.outcome = Outcome::error(kHandlerFailed);
  count(version, event.kind, current.outcome.denied());
  then(current.outcome);
}

void Calls::message(Connection& connection, Version& version, stoa_event& event,
                    const wire::Received& message) {
  Current current;
  current.token = event.reply = pending_.reserve();
  current.connection = &connection;
  current.message = &message;
  current.binary = (event.flags & STOA_EVENT_BINARY) != 0;
  current.native = event.kind == STOA_EVENT_NATIVE;
  version.stats(shard_.index()).messages.add();
  const int32_t result = run(version, event, current);
  if (result == STOA_PENDING && !current.answered) {
    const auto then = [this, handle = connection.handle(),
                       question = OwnedMessage(message, current.binary),
                       native = current.native](const Outcome& outcome) {
      if (Connection* to = shard_.find(handle)) {
        send_answer(*to, question.view(), question.binary, native, outcome.said());
      }
    };
    return keep_pending(version, current.token, event, current.binary, then);
  }
  pending_.release(current.token);
  if (current.answered) return;
  if (result < 0) count(version, event.kind, true);
  send_answer(connection, message, current.binary, current.native,
              result < 0 ? Said{STOA_ANSWER_ERROR, 0, 0, kHandlerFailed} : Said{});
}

void Calls::send_answer(Connection& to, const wire::Received& question, bool binary, bool native,
                        const Said& outcome) {
  const bool ask = !question.wait.empty();
  // An error that a client sent is not answered with another: two errors would play ping-pong.
  const bool may_speak = native || ask || !question.is_error;
  const bool as_binary = binary || (outcome.flags & STOA_MESSAGE_BINARY) != 0;
  const wire::Opcode opcode = as_binary ? wire::Opcode::kBinary : wire::Opcode::kText;
  if (outcome.kind == STOA_ANSWER_NONE) {
    if (ask) shard_.say_in_turn(to, opcode, question.wait, wire::kEmptyAnswerTail);
    return;
  }
  if (outcome.kind == STOA_ANSWER_REPLY) {
    if (!may_speak) return;
    std::string scratch;
    const std::string_view head = native ? "" : wire::reply_head(question, scratch);
    return shard_.say_in_turn(to, opcode, head, outcome.body);
  }
  if (may_speak) shard_.say_in_turn(to, error_answer(opcode, question, native, outcome.body));
  if (outcome.kind == STOA_ANSWER_CLOSE) {
    shard_.close_in_turn(to, static_cast<uint16_t>(outcome.code), outcome.body);
  }
}

int32_t Calls::answer(Version& version, stoa_reply token, const stoa_answer& answer) {
  const Said said{answer.kind, answer.flags, answer.code, as_view(answer.body)};
  if (!shard_.on_loop_thread()) {
    const bool put = shard_.inbox().put(
        [version = version.shared_from_this(), token, outcome = Outcome::of(said)](Shard& shard) {
          const int32_t result = shard.calls().resolve(token, outcome.said());
          if (result != STOA_OK) version->complain("answer", result);
        });
    return put ? STOA_OK : STOA_ERR_LIMIT;
  }
  if (!current_ || current_->token != token || token == 0) return resolve(token, said);
  if (current_->answered) return STOA_ERR_STALE;
  const bool known = !current_->message || is_part_of(said.body, current_->message->body);
  if (!known && !can_be_sent(said, current_->binary)) return STOA_ERR_INVALID;
  current_->answered = true;
  if (current_->message) {
    if (said.kind == STOA_ANSWER_ERROR) count(version, STOA_EVENT_MESSAGE, true);
    send_answer(*current_->connection, *current_->message, current_->binary, current_->native,
                said);
  } else {
    current_->outcome = Outcome::of(said);
  }
  return STOA_OK;
}

int32_t Calls::resolve(stoa_reply token, const Said& said) {
  Pending* const waiting = pending_.find(token);
  if (!waiting || waiting->answered) return STOA_ERR_STALE;
  if (is_message(waiting->kind) && !can_be_sent(said, waiting->binary)) return STOA_ERR_INVALID;
  if (is_message(waiting->kind)) {
    finish(take(token), Outcome::of(said));
    return STOA_OK;
  }
  // What a lifecycle answer sets off calls plugins, and this may run inside one: let it return
  // first. Until then the question is there, for a deadline or an end that comes before.
  waiting->answered = shard_.inbox().put(
      [this, token, outcome = Outcome::of(said)](Shard&) { finish(take(token), outcome); });
  return waiting->answered ? STOA_OK : STOA_ERR_LIMIT;
}

void Calls::finish(const Pending& pending, const Outcome& outcome) {
  if (!pending) return;
  count(pending.errand->version(), pending.kind, outcome.denied());
  pending.then(outcome);
}

void Calls::keep_pending(Version& version, uint64_t token, const stoa_event& event, bool binary,
                         Then then) {
  Connection* const asker = shard_.find(event.connection);
  if (pending_.used() >= Limits::kMaxPending ||
      (asker && asker->questions.size() >= Limits::kMaxPendingOfConnection)) {
    pending_.release(token);
    shard_.counters().questions_refused.add();
    return then(Outcome::none_in_time());
  }
  const TimePoint due = shard_.now() + version.ns().ask_timeout();
  const auto deadline = shard_.deadlines().add(due, [this, token] {
    if (!pending_.find(token)) return;
    Pending late = pending_.take(token);
    unlist(late, token);
    finish(late, Outcome::none_in_time());
  });
  pending_.fill(token, {.then = std::move(then),
                        .errand = std::make_unique<Version::Errand>(version),
                        .connection = event.connection,
                        .kind = event.kind,
                        .binary = binary,
                        .deadline = deadline});
  if (asker) asker->questions.push_back(token);
}

void Calls::unlist(const Pending& pending, uint64_t token) {
  if (Connection* asker = shard_.find(pending.connection)) std::erase(asker->questions, token);
}

Calls::Pending Calls::take(uint64_t token) {
  if (!pending_.find(token)) return {};
  Pending pending = pending_.take(token);
  shard_.deadlines().remove(pending.deadline);
  unlist(pending, token);
  return pending;
}

void Calls::forget(Connection& connection) {
  for (const uint64_t token : std::exchange(connection.questions, {})) {
    // The end of one may lead a plugin to answer another of them.
    const Pending ended = take(token);
    if (ended && !is_message(ended.kind)) ended.then(Outcome::error(wire::kWriteClosed));
  }
}

}  // namespace stoa::routing
