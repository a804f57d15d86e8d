#include "routing/fair_queue.h"

#include <algorithm>

namespace stoa::routing {
namespace {

// What the clock shows for a byte of a namespace with the weight 1.
constexpr uint64_t kTick = 1'000;

}  // namespace

void FairQueue::take(FrameQueue& from) {
  from.move_to([this](Flow flow) -> FrameQueue& { return line(flow); });
}

void FairQueue::return_to(FrameQueue& to) {
  for (Line& line : lines_) {
    line.frames.move_to([&to](Flow) -> FrameQueue& { return to; });
  }
}

FrameQueue& FairQueue::line(Flow flow) {
  const auto at = std::ranges::find(lines_, flow, &Line::flow);
  if (at != lines_.end()) return at->frames;
  return lines_.emplace_back(Line{.flow = flow}).frames;
}

void FairQueue::gather(std::string& batch, std::size_t limit, const Weights& weights) {
  const std::size_t before = batch.size();
  own().gather(batch, limit);
  while (batch.size() - before < limit) {
    Line* const line = next();
    if (!line) break;
    const std::size_t bytes = batch.size();
    line->frames.gather_front(batch);
    clock_ = line->due;
    line->due += (batch.size() - bytes) * kTick / weights.of(line->flow);
  }
}

FairQueue::Line* FairQueue::next() noexcept {
  if (own().is_held()) return nullptr;
  Line* first = nullptr;
  for (Line& line : lines_) {
    if (!line.frames.can_go()) continue;
    line.due = std::max(line.due, clock_);
    if (!first || line.due < first->due) first = &line;
  }
  return first;
}

bool FairQueue::lift(uint32_t number) {
  return std::ranges::any_of(lines_, [&](Line& line) { return line.frames.lift(number); });
}

bool FairQueue::lift_pinged(uint32_t ping) {
  bool lifted = false;
  for (Line& line : lines_) lifted |= line.frames.lift_pinged(ping);
  return lifted;
}

bool FairQueue::can_go() const noexcept {
  if (own().is_held()) return false;
  return std::ranges::any_of(lines_, [](const Line& line) { return line.frames.can_go(); });
}

bool FairQueue::is_pinged() const noexcept {
  return std::ranges::any_of(lines_, [](const Line& line) { return line.frames.is_pinged(); });
}

bool FairQueue::wants_ping() const noexcept {
  return std::ranges::any_of(lines_, [this](const Line& line) { return wants_ping(line); });
}

bool FairQueue::wants_ping(const Line& line) const noexcept {
  const FrameQueue& frames = line.frames;
  if (!frames.is_held() || frames.is_pinged()) return false;
  if (line.flow != Flow::kConnection) return !own().is_held() && frames.has_frames();
  return std::ranges::any_of(lines_, [](const Line& one) { return one.frames.has_frames(); });
}

void FairQueue::note_ping(uint32_t ping) noexcept {
  for (Line& line : lines_) {
    if (wants_ping(line)) line.frames.note_ping(ping);
  }
}

}  // namespace stoa::routing
