#include "routing/lane.h"

#include "routing/process_lane.h"
#include "routing/questions.h"
#include "routing/router.h"
#include "routing/thread_lane.h"

namespace stoa::routing {

std::unique_ptr<Lane> Lane::make(Version& version, manifest::Run run) {
  if (run == manifest::Run::kThread)
    return std::make_unique<ThreadLane>(version, version.threads());
  if (run == manifest::Run::kProcess) return std::make_unique<ProcessLane>(version);
  return nullptr;
}

bool Lane::await_room() noexcept {
  awaited_ = true;
  return !has_room();
}

Lane::Debt Lane::debt_of(const Letter& letter) noexcept {
  return {.reply = letter.event.reply,
          .receipt = letter.receipt,
          .bytes = letter.bytes(),
          .forced = (letter.event.flags & STOA_EVENT_FORCED) != 0};
}

Shard& Lane::asker(stoa_reply token) {
  return version_.router().shard(Handle::of(token).worker);
}

void Lane::settle(const Debt& debt, int32_t result) {
  if (debt.receipt != 0) {
    asker(debt.receipt).inbox().insist([token = debt.receipt](Shard& shard) {
      shard.calls().questions().receive(token);
    });
  }
  if (debt.reply != 0 && result == STOA_PENDING && !debt.forced) {
    asker(debt.reply).inbox().insist([token = debt.reply](Shard& shard) {
      shard.calls().questions().think(token);
    });
  } else if (debt.reply != 0) {
    asker(debt.reply)
        .inbox()
        .put_answer(debt.reply,
                    result < 0 ? Said{STOA_ANSWER_ERROR, 0, 0, kHandlerFailed} : Said{});
  }
  handled(debt);
}

void Lane::handled(const Debt& debt) {
  bytes_.fetch_sub(debt.bytes);
  const bool last = depth_.fetch_sub(1) == 1;
  if (awaited_.load() && has_room() && awaited_.exchange(false)) {
    for (const auto& shard : version_.router().shards()) {
      shard->inbox().insist([version = version_.shared_from_this()](Shard& there) {
        there.calls().feed_on(*version);
      });
    }
  }
  if (last && version_.members() == 0) version_.router().bell().ring();
}

}  // namespace stoa::routing
