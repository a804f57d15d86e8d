#include "routing/questions.h"

#include <algorithm>
#include <string>
#include <utility>

#include "routing/shard.h"
#include "wire/message.h"
#include "wire/utf8.h"

namespace stoa::routing {

using std::chrono::milliseconds;

bool may_answer(uint32_t kind, bool binary, const Said& said) {
  const bool as_text = !binary && (said.flags & STOA_MESSAGE_BINARY) == 0;
  return !is_message(kind) || said.kind != STOA_ANSWER_REPLY || !as_text ||
         wire::is_utf8(said.body);
}

void Questions::keep(stoa_reply token, Version& version, const stoa_event& event, Then then) {
  keep(token, version, event, Waiting{.then = std::move(then)});
}

void Questions::keep(stoa_reply token, Version& version, const stoa_event& event,
                     OwnedMessage message) {
  keep(token, version, event, Waiting{.message = std::move(message)});
}

void Questions::keep(stoa_reply token, Version& version, const stoa_event& event,
                     Waiting question) {
  question.errand.emplace(version);
  question.connection = event.connection;
  question.kind = event.kind;
  question.binary = (event.flags & STOA_EVENT_BINARY) != 0;
  waiting_.fill(token, std::move(question));
  if (Connection* const asker = shard_.find(event.connection)) asker->questions.push_back(token);
  expect(token, version.ns().ask_timeout());
}

stoa_reply Questions::keep_receipt(Version& version, const std::function<void()>& then) {
  const stoa_reply token = reserve();
  waiting_.fill(token, {.then = [then](const Outcome&) { then(); },
                        .errand = std::optional<Version::Errand>(std::in_place, version)});
  return token;
}

void Questions::receive(stoa_reply token) {
  finish(take(token), {});
}

void Questions::think(stoa_reply token) {
  Waiting* const question = waiting_.find(token);
  if (!question || question->answered) return;
  Connection* const asker = shard_.find(question->connection);
  if (thinking_ >= Limits::kMaxPending ||
      (asker && asker->thinking >= Limits::kMaxPendingOfConnection)) {
    shard_.counters().questions_refused.add();
    return finish(take(token), kNoneInTime, true);
  }
  question->thinking = true;
  ++thinking_;
  if (asker) ++asker->thinking;
}

Questions::Waiting Questions::take(stoa_reply token) {
  if (!waiting_.find(token)) return {};
  Waiting question = waiting_.take(token);
  if (question.thinking) --thinking_;
  if (Connection* const asker = shard_.find(question.connection)) {
    if (question.thinking) --asker->thinking;
    // Mostly the first: they are answered in their order.
    const auto at = std::ranges::find(asker->questions, token);
    if (at != asker->questions.end()) asker->questions.erase(at);
  }
  return question;
}

void Questions::finish(const Waiting& question, const Said& said, bool unanswered) {
  if (!question) return;
  const bool denied = said.kind == STOA_ANSWER_ERROR || said.kind == STOA_ANSWER_CLOSE;
  question.errand->version().stats(shard_.index()).count(question.kind, denied);
  if (question.then) {
    Outcome outcome = Outcome::of(said);
    outcome.unanswered = unanswered;
    return question.then(outcome);
  }
  Connection* const to = shard_.find(question.connection);
  if (!to) return;
  const bool native = question.kind == STOA_EVENT_NATIVE;
  const Flow flow = question.errand->version().ns().flow();
  shard_.calls().send_answer(*to, flow, question.message->view(), question.binary, native, said);
}

int32_t Questions::answer(stoa_reply token, const Said& said) {
  Waiting* const question = waiting_.find(token);
  if (!question || question->answered) return STOA_ERR_STALE;
  if (!may_answer(question->kind, question->binary, said)) return STOA_ERR_INVALID;
  if (question->message) {
    finish(take(token), said);
    return STOA_OK;
  }
  // What a lifecycle answer sets off calls plugins, and this may run inside one: let it return
  // first. Until then the question is there, for a deadline or an end that comes before.
  question->answered = shard_.inbox().put(
      [this, token, outcome = Outcome::of(said)](Shard&) { finish(take(token), outcome.said()); });
  return question->answered ? STOA_OK : STOA_ERR_LIMIT;
}

int32_t Questions::answer_in_place(stoa_reply token, const Said& said, const Version* by) {
  const Waiting* const question = waiting_.find(token);
  if (!question || question->answered) return STOA_ERR_STALE;
  if (by && &question->errand->version() != by) return STOA_ERR_STALE;
  if (!may_answer(question->kind, question->binary, said)) return STOA_ERR_INVALID;
  in_place_ = question->message.has_value();
  finish(take(token), said);
  in_place_ = false;
  return STOA_OK;
}

void Questions::give_up(Version& version) {
  std::vector<stoa_reply> tokens;
  waiting_.each_with_handle([&](stoa_reply token, const Waiting& one) {
    if (&one.errand->version() == &version) tokens.push_back(token);
  });
  // What one of them leads to may end others.
  for (const stoa_reply token : tokens) finish(take(token), kNoneInTime, true);
}

void Questions::forget(Connection& connection) {
  for (const stoa_reply token : std::exchange(connection.questions, {})) {
    // The end of one may lead a plugin to answer another of them.
    const Waiting ended = take(token);
    if (ended.then) ended.then(Outcome::error(wire::kWriteClosed));
  }
}

// --- Those that nobody answers ------------------------------------------------------------------

void Questions::expect(stoa_reply token, milliseconds patience) {
  std::deque<Due>& due = queues_[patience].due;
  due.push_back({token, shard_.now() + patience});
  // Most of them were answered long before their time.
  if (due.size() > 2 * waiting_.used() + 64) {
    std::erase_if(due, [&](const Due& one) { return !waiting_.find(one.token); });
  }
  arm(patience);
}

void Questions::arm(milliseconds patience) {
  Queue& queue = queues_[patience];
  if (queue.armed || queue.due.empty()) return;
  queue.armed = true;
  shard_.deadlines().add(queue.due.front().when, [this, patience] { expire(patience); });
}

void Questions::expire(milliseconds patience) {
  Queue& queue = queues_[patience];
  queue.armed = false;
  while (!queue.due.empty()) {
    const Due next = queue.due.front();
    if (waiting_.find(next.token) && next.when > shard_.now()) break;
    queue.due.pop_front();
    finish(take(next.token), kNoneInTime, true);
  }
  arm(patience);
}

}  // namespace stoa::routing
