#include "routing/outbox.h"

#include <algorithm>
#include <charconv>

namespace stoa::routing {
namespace {

// The payload of a barrier's ping. Never empty: libwebsockets 4.1.6 does not tell of a pong without
// one. Never "?", which is an idle connection's.
std::string payload_of(uint32_t ping) {
  return std::to_string(ping);
}

// The other way round; 0 if it is none.
uint32_t ping_of(std::string_view payload) {
  uint32_t ping = 0;
  const char* const end = payload.data() + payload.size();
  const auto [at, error] = std::from_chars(payload.data(), end, ping);
  return error == std::errc{} && at == end ? ping : 0;
}

}  // namespace

void Outbox::push(Flow flow, wire::Opcode opcode, std::string_view head, std::string_view body) {
  bytes_ += queue_.push(flow, opcode, head, body);
}

uint32_t Outbox::push_barrier(Flow flow) {
  if (++last_barrier_ == 0) last_barrier_ = 1;
  queue_.push_barrier(flow, last_barrier_);
  return last_barrier_;
}

void Outbox::confirm(uint32_t barrier) {
  if (!queue_.lift(barrier) && fair_) fair_->lift(barrier);
  pings_ = pings_ && (fair_ ? fair_->is_pinged() : queue_.is_pinged());
}

bool Outbox::pong(std::string_view payload) {
  const uint32_t ping = ping_of(payload);
  if (ping == 0 || ping != last_ping_) return false;
  pings_ = false;
  return fair_ ? fair_->lift_pinged(ping) : queue_.lift_pinged(ping);
}

bool Outbox::gather(std::string& batch, std::size_t limit, const Weights& weights) {
  const std::size_t before = batch.size();
  if (!fair_ && (bytes_ <= limit || !queue_.is_mixed())) queue_.gather(batch, limit);
  const std::size_t gathered = batch.size() - before;
  if (gathered == bytes_) {
    bytes_ = 0;
    return gathered != 0;
  }
  const bool shares = fair_ || (queue_.has_frames() && queue_.is_mixed());
  if (shares) share(batch, limit - std::min(limit, gathered), weights);
  bytes_ -= batch.size() - before;
  if (wants_ping()) append_ping(batch);
  if (shares && bytes_ == 0) share_no_more();
  return batch.size() > before;
}

void Outbox::share(std::string& batch, std::size_t limit, const Weights& weights) {
  if (!fair_) fair_ = std::make_unique<FairQueue>();
  fair_->take(queue_);
  fair_->gather(batch, limit, weights);
}

// Barriers may be left, of namespaces that have said nothing yet.
void Outbox::share_no_more() {
  fair_->return_to(queue_);
  fair_.reset();
}

bool Outbox::wants_ping() const noexcept {
  if (pings_) return false;
  if (fair_) return fair_->wants_ping();
  return queue_.is_held() && !queue_.is_pinged() && queue_.has_frames();
}

void Outbox::append_ping(std::string& batch) {
  if (++last_ping_ == 0) last_ping_ = 1;
  pings_ = true;
  fair_ ? fair_->note_ping(last_ping_) : queue_.note_ping(last_ping_);
  batch += wire::Frame::of(wire::Opcode::kPing, payload_of(last_ping_)).bytes();
}

bool Outbox::may_go() const noexcept {
  if (fair_) return queue_.has_frames() || fair_->can_go() || wants_ping();
  return queue_.can_go() || wants_ping() || queue_.may_be_mixed();
}

void Outbox::clear() {
  queue_.clear();
  fair_.reset();
  bytes_ = 0;
}

}  // namespace stoa::routing
