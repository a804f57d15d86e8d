#include "remote/link.h"

#include <sys/socket.h>

#include <array>
#include <cassert>
#include <cerrno>
#include <utility>

#include "remote/calls.h"

namespace stoa::remote {

namespace {

constexpr std::size_t kChunk = std::size_t{64} * 1024;
constexpr int kChunksAtATime = 16;

bool wants_all_state(const stoa_event& event) {
  return event.kind == STOA_EVENT_EXPORT && event.connection == 0;
}

}  // namespace

Link::Link(Channels channels)
    : events_(std::move(channels.events)), calls_(std::move(channels.calls)) {}

void Link::create(const Task& task) {
  write(to_events_.buffer(), task);
}

void Link::send(const stoa_event& event) {
  assert(!destroying_);
  write(to_events_.buffer(), event);
  if (wants_all_state(event)) largest_ = kMaxStateRecord;
  ++in_flight_;
}

void Link::destroy() {
  const Writer empty(to_events_.buffer(), Kind::kDestroy);
  destroying_ = true;
}

bool Link::flush() {
  const bool events = to_events_.write(events_.number());
  const bool calls = to_calls_.write(calls_.number());
  return events && calls;
}

bool Link::wants_write() const noexcept {
  return unsent() > 0;
}

std::size_t Link::unsent() const noexcept {
  return to_events_.size() + to_calls_.size();
}

// A guest that closes its end of the events' socket, and lives on, must not keep the host awake:
// the socket is looked at only while there is something to write, which then fails.
std::array<pollfd, 2> Link::descriptors() const noexcept {
  const bool replies = to_calls_.size() > 0;
  const bool events = to_events_.size() > 0;
  return {{{calls_.number(), static_cast<short>(replies ? POLLOUT : POLLIN), 0},
           {events ? events_.number() : -1, POLLOUT, 0}}};
}

bool Link::receive(Listener& listener, const stoa_host& host) {
  if (!to_calls_.write(calls_.number())) return false;
  hand_out(listener, host);
  for (int i = 0; i < kChunksAtATime && to_calls_.size() == 0; ++i) {
    const Got got = read_some();
    if (got == Got::kNothing) return true;
    if (got == Got::kEnd) return false;
    hand_out(listener, host);
    if (got == Got::kAll) return true;
  }
  return true;
}

Link::Got Link::read_some() {
  std::array<char, kChunk> chunk;
  for (;;) {
    const ssize_t got = ::recv(calls_.number(), chunk.data(), chunk.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? Got::kNothing : Got::kEnd;
    incoming_.append(chunk.data(), static_cast<std::size_t>(got));
    if (got == 0) return Got::kEnd;
    return static_cast<std::size_t>(got) < chunk.size() ? Got::kAll : Got::kSome;
  }
}

// A guest that waits for a reply says nothing meanwhile: what follows a call may wait until the
// reply is written, and no guest can pile replies up here.
void Link::hand_out(Listener& listener, const stoa_host& host) {
  std::string_view left = incoming_;
  while (to_calls_.size() == 0) {
    const std::optional<Record> record = next_record(left, largest_);
    if (!record) break;
    take(*record, listener, host);
    if (!to_calls_.write(calls_.number())) break;
  }
  incoming_.erase(0, incoming_.size() - left.size());
  if (incoming_.empty() && incoming_.capacity() > kKeep) incoming_.shrink_to_fit();
}

void Link::take(const Record& record, Listener& listener, const stoa_host& host) {
  if (destroyed_) throw Nonsense("it speaks after it was destroyed");
  switch (record.kind) {
    case Kind::kCreated:
      return take_created(record, listener);
    case Kind::kHandled:
      return take_handled(record, listener);
    case Kind::kDestroyed:
      Reader(record).end();
      if (!destroying_) throw Nonsense("it was not told to destroy its instance");
      destroyed_ = true;
      return listener.destroyed();
    case Kind::kAnswer: {
      const GivenAnswer given = read_answer(record);
      return listener.answered(given.token, given.answer);
    }
    default:
      return perform(record, host, to_calls_.buffer());
  }
}

void Link::take_created(const Record& record, Listener& listener) {
  if (std::exchange(created_, true)) throw Nonsense("it was created twice");
  Reader from(record);
  const auto result = from.number<int32_t>();
  const std::string_view why = from.view();
  from.end();
  listener.created(result, why);
}

void Link::take_handled(const Record& record, Listener& listener) {
  Reader from(record);
  const auto result = from.number<int32_t>();
  from.end();
  if (!created_ || in_flight_ == 0) throw Nonsense("it handled what it was not sent");
  --in_flight_;
  listener.handled(result);
}

}  // namespace stoa::remote
