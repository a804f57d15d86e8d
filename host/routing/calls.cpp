#include "routing/calls.h"

#include <utility>
#include <vector>

#include "routing/owned_message.h"
#include "routing/shard.h"
#include "wire/frame.h"
#include "wire/utf8.h"

namespace stoa::routing {
namespace {

constexpr std::string_view kHandlerFailed = "handler failed";
constexpr std::string_view kHandlerUnavailable = "handler unavailable";

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

bool Calls::wanted(Namespace& ns, stoa_event& event) {
  const plugin::Instance& instance = ns.instance();
  if (instance.handles(event.kind)) return true;
  const bool lifecycle = event.kind >= STOA_EVENT_CONNECT && event.kind <= STOA_EVENT_ROOM_LEFT;
  if (!lifecycle || !instance.handles_any()) return false;
  event.index = STOA_INDEX_ANY;
  return true;
}

void Calls::tell(Namespace& ns, stoa_event event) {
  if (!wanted(ns, event)) return;
  Current current;
  static_cast<void>(run(ns, event, current));
}

void Calls::tell_if(const std::function<bool()>& still, Namespace& ns, stoa_event event) {
  if (!wanted(ns, event)) {
    static_cast<void>(still());
    return;
  }
  Current current;
  Current* outer = std::exchange(current_, &current);
  static_cast<void>(ns.instance().handle_if(std::cref(still), event));
  current_ = outer;
}

void Calls::force(Connection& connection, Namespace& ns, stoa_event event) {
  if (!wanted(ns, event)) return;
  Current current;
  current.token = event.reply = pending_.reserve();
  static_cast<void>(run(ns, event, current));
  pending_.release(current.token);
  if (current.outcome.kind == STOA_ANSWER_CLOSE) {
    shard_.close_in_turn(connection, static_cast<uint16_t>(current.outcome.code),
                         current.outcome.body);
  }
}

int32_t Calls::run(Namespace& ns, stoa_event& event, Current& current) {
  // A plugin's answer for somebody else may run inside: remember whose turn it was.
  Current* outer = std::exchange(current_, &current);
  const int32_t result = ns.instance().handle(event);
  current_ = outer;
  return result;
}

void Calls::decide(Namespace& ns, stoa_event event, const Then& then) {
  if (!wanted(ns, event)) return then(Outcome{});
  Current current;
  current.token = event.reply = pending_.reserve();
  const int32_t result = run(ns, event, current);
  if (result == STOA_PENDING && !current.answered) {
    return keep_pending(ns, current.token, event.connection, false, false, then);
  }
  pending_.release(current.token);
  if (current.answered) return then(current.outcome);
  then(result < 0 ? Outcome::error(kHandlerFailed) : Outcome{});
}

void Calls::message(Connection& connection, Namespace& ns, stoa_event& event,
                    const wire::Received& message) {
  Current current;
  current.token = event.reply = pending_.reserve();
  current.connection = &connection;
  current.message = &message;
  current.binary = (event.flags & STOA_EVENT_BINARY) != 0;
  current.native = event.kind == STOA_EVENT_NATIVE;
  const int32_t result = run(ns, event, current);
  if (result == STOA_PENDING && !current.answered) {
    const auto then = [this, handle = connection.handle(),
                       question = OwnedMessage(message, current.binary),
                       native = current.native](const Outcome& outcome) {
      if (Connection* to = shard_.find(handle)) {
        send_answer(*to, question.view(), question.binary, native, outcome.said());
      }
    };
    return keep_pending(ns, current.token, connection.handle(), true, current.binary, then);
  }
  pending_.release(current.token);
  if (current.answered) return;
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

int32_t Calls::answer(Namespace& ns, stoa_reply token, const stoa_answer& answer) {
  const Said said{answer.kind, answer.flags, answer.code, as_view(answer.body)};
  if (!shard_.on_loop_thread()) {
    const bool put = shard_.inbox().put([&ns, token, outcome = Outcome::of(said)](Shard& shard) {
      const int32_t result = shard.calls().resolve(token, outcome.said());
      if (result != STOA_OK) ns.complain("answer", result);
    });
    return put ? STOA_OK : STOA_ERR_LIMIT;
  }
  if (!current_ || current_->token != token || token == 0) return resolve(token, said);
  if (current_->answered) return STOA_ERR_STALE;
  const bool echo = current_->message && is_part_of(said.body, current_->message->body);
  if (!echo && !can_be_sent(said, current_->binary)) return STOA_ERR_INVALID;
  current_->answered = true;
  if (current_->message) {
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
  if (!can_be_sent(said, waiting->binary)) return STOA_ERR_INVALID;
  if (waiting->message) {
    take(token).then(Outcome::of(said));
    return STOA_OK;
  }
  // What a lifecycle answer sets off calls plugins, and this may run inside one: let it return
  // first. Until then the question is there, for a deadline or an end that comes before.
  waiting->answered = shard_.inbox().put([this, token, outcome = Outcome::of(said)](Shard&) {
    if (const Pending pending = take(token)) pending.then(outcome);
  });
  return waiting->answered ? STOA_OK : STOA_ERR_LIMIT;
}

void Calls::keep_pending(Namespace& ns, uint64_t token, uint64_t connection, bool message,
                         bool binary, Then then) {
  Connection* const asker = shard_.find(connection);
  if (pending_.used() >= Limits::kMaxPending ||
      (asker && asker->questions.size() >= Limits::kMaxPendingOfConnection)) {
    pending_.release(token);
    shard_.counters().questions_refused.add();
    return then(Outcome::error(kHandlerUnavailable));
  }
  const auto deadline = shard_.deadlines().add(shard_.now() + ns.ask_timeout(), [this, token] {
    const Pending* const late = pending_.find(token);
    if (late) unlist(*late, token);
    if (late) pending_.take(token).then(Outcome::error(kHandlerUnavailable));
  });
  pending_.fill(token, {.then = std::move(then),
                        .connection = connection,
                        .message = message,
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
    if (ended && !ended.message) ended.then(Outcome::error(wire::kWriteClosed));
  }
}

}  // namespace stoa::routing
