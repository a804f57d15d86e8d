#include "link.h"

#include <algorithm>
#include <random>
#include <utility>

namespace stoa::client {
namespace {

constexpr char kReconnectHeader[] = "X-Websocket-Reconnect";

bool is_token(std::string_view name) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kOthers.find(c) != std::string_view::npos;
  });
}

bool is_header(const std::pair<std::string, std::string>& header) {
  constexpr std::string_view kForbidden("\r\n\0", 3);
  return is_token(header.first) && header.second.find_first_of(kForbidden) == std::string::npos;
}

}  // namespace

Link::Link(Client& client, const Options& options, Loop& loop, Socket& socket, Presence& presence,
           Session& session)
    : client_(client),
      options_(options),
      loop_(loop),
      socket_(socket),
      presence_(presence),
      session_(session),
      backoff_(options.reconnect, std::random_device()()) {}

void Link::dial(Completion done) {
  if (state_ != State::kIdle) {
    return done({Status::kInvalid, "there is a connection already, or one is sought"});
  }
  std::optional<Url> url = Url::parse(options_.url);
  Outcome checked = check(url);
  if (!checked) {
    presence_.set_settled(true);
    return done(std::move(checked));
  }
  url_ = std::move(*url);
  dialed_ = std::move(done);
  closing_ = false;
  tries_ = 0;
  presence_.set_settled(false);
  attempt();
}

Outcome Link::check(const std::optional<Url>& url) const {
  if (ended_) return {Status::kClosed, kWriteClosed};
  if (!url) return {Status::kInvalid, "the URL should be ws://host[:port][/path] or wss://..."};
  if (!std::all_of(options_.headers.begin(), options_.headers.end(), is_header)) {
    return {Status::kInvalid, "a request header is malformed"};
  }
  return {};
}

void Link::attempt() {
  state_ = State::kDialing;
  verdict_ = {};
  set_timer(options_.dial_timeout, [this] {
    if (verdict_) verdict_ = {Status::kTimeout, "the server did not acknowledge in time"};
    socket_.kill(verdict_.body);
  });
  socket_.open(loop_.context(), url_, headers());
}

Headers Link::headers() const {
  Headers all = options_.headers;
  if (tries_ > 0) all.emplace_back(kReconnectHeader, std::to_string(tries_));
  return all;
}

void Link::accepted(std::string id, Memberships where) {
  cancel_timer();
  state_ = State::kOpen;
  presence_.opened(std::move(id), tries_, std::move(where));
  if (tries_ > 0) {
    restore();
  } else {
    std::exchange(dialed_, nullptr)({});
  }
}

void Link::refused(std::string text) {
  verdict_ = {Status::kError, std::move(text)};
  socket_.close(1000, "");
}

void Link::gone(const Closed& closed, bool opened) {
  cancel_timer();
  if (state_ == State::kOpen) {
    lost(closed);
  } else {
    attempt_failed(closed, opened);
  }
}

void Link::attempt_failed(const Closed& closed, bool opened) {
  if (verdict_) {
    std::string why = opened
                          ? "the server closed the connection with " + std::to_string(closed.code)
                          : "the server could not be reached";
    if (!closed.reason.empty()) why += ": " + closed.reason;
    verdict_ = {Status::kUnreachable, std::move(why)};
  }
  if (tries_ == 0) {
    state_ = State::kIdle;
    presence_.set_settled(true);
    std::exchange(dialed_, nullptr)(std::move(verdict_));
  } else if (closing_ || verdict_.status == Status::kError) {
    give_up();
  } else {
    schedule_attempt();
  }
}

void Link::lost(Closed closed) {
  const Memberships where = presence_.memberships();
  // What a restoration had not reached yet is wanted still.
  if (!restoring_) wanted_.clear();
  for (const auto& [ns, rooms] : where) wanted_[ns].insert(rooms.begin(), rooms.end());
  restoring_ = false;
  state_ = State::kWaiting;
  tries_ = 0;

  closed.reconnecting = options_.reconnect.enabled && !closing_;
  presence_.lost(closed);
  session_.end(where);
  if (options_.on_close) options_.on_close(client_, closed);
  if (!closed.reconnecting) {
    settle();
  } else if (closing_) {
    give_up();
  } else {
    schedule_attempt();
  }
}

void Link::schedule_attempt() {
  const uint32_t most = options_.reconnect.max_tries;
  if (most > 0 && tries_ >= most) return give_up();
  ++tries_;
  state_ = State::kWaiting;
  set_timer(backoff_.before_try(tries_), [this] { attempt(); });
}

void Link::give_up() {
  Closed closed = presence_.closed();
  closed.reconnecting = false;
  presence_.lost(closed);
  if (options_.on_close) options_.on_close(client_, closed);
  settle();
}

void Link::settle() {
  state_ = State::kIdle;
  wanted_.clear();
  presence_.set_settled(true);
}

void Link::close(uint16_t code, std::string_view reason) {
  if (std::exchange(closing_, true)) return;
  if (state_ == State::kDialing) {
    verdict_ = {Status::kClosed, kWriteClosed};
    socket_.kill(reason);
  } else if (state_ == State::kOpen) {
    socket_.close(code, reason);
    set_timer(options_.close_timeout,
              [this] { socket_.kill("the server did not answer our close"); });
  } else if (timer_) {
    cancel_timer();
    give_up();
  }
}

void Link::end() {
  ended_ = true;
  close(1000, "");
}

void Link::forget(std::string_view ns) {
  const auto at = wanted_.find(ns);
  if (at != wanted_.end()) wanted_.erase(at);
}

void Link::restore() {
  const uint64_t era = presence_.era();
  const Memberships wanted = wanted_;
  restoring_ = true;
  restoring_left_ = wanted.size() + 1;
  for (const auto& [ns, rooms] : wanted) {
    session_.connect(ns, [this, ns = ns, rooms = rooms, era](const Outcome& outcome) {
      if (outcome) restore_rooms(ns, rooms, era);
      restored_one(era);
    });
  }
  restored_one(era);
}

void Link::restore_rooms(const std::string& ns, const Rooms& rooms, uint64_t era) {
  if (presence_.era() != era) return;
  restoring_left_ += rooms.size();
  for (const std::string& room : rooms) {
    session_.join(ns, room, [this, era](const Outcome&) { restored_one(era); });
  }
}

void Link::restored_one(uint64_t era) {
  if (presence_.era() != era || --restoring_left_ > 0) return;
  restoring_ = false;
  wanted_.clear();
  if (options_.on_reconnected) options_.on_reconnected(client_, tries_);
}

void Link::set_timer(std::chrono::milliseconds delay, Loop::Task task) {
  cancel_timer();
  timer_ = loop_.after(delay, [this, task = std::move(task)] {
    timer_.reset();
    task();
  });
}

void Link::cancel_timer() {
  if (timer_) loop_.cancel(*timer_);
  timer_.reset();
}

}  // namespace stoa::client
