#include "remote/guest_calls.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <string_view>

#include "remote/outgoing.h"

namespace stoa::remote {

namespace {

constexpr std::chrono::milliseconds kTick{2};

// There is nobody left to serve, and no time to lose with destructors.
[[noreturn]] void end_with_host() {
  ::_exit(1);
}

void read_some(int from, std::string& into) {
  std::array<char, 16 * 1024> chunk;
  const ssize_t got = ::recv(from, chunk.data(), chunk.size(), 0);
  if (got == 0 || (got < 0 && errno != EINTR)) end_with_host();
  if (got > 0) into.append(chunk.data(), static_cast<std::size_t>(got));
}

}  // namespace

void write_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EINTR) end_with_host();
    if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

GuestCalls::GuestCalls(int socket)
    : socket_(socket), owner_(std::this_thread::get_id()), flusher_([this] { keep_flushing(); }) {}

GuestCalls::~GuestCalls() {
  {
    const report::MutexLock lock(mutex_);
    ending_ = true;
    changed_.notify_all();
  }
  flusher_.join();
}

void GuestCalls::begin() {
  const report::MutexLock lock(mutex_);
  running_ = ran_ = true;
  if (asleep_) changed_.notify_all();
}

void GuestCalls::end() {
  const report::MutexLock lock(mutex_);
  running_ = false;
  flush_now();
}

void GuestCalls::allow_state() {
  const report::MutexLock lock(mutex_);
  largest_ = kMaxStateRecord;
}

void GuestCalls::flush_now() {
  if (buffer_.empty()) return;
  write_all(socket_, buffer_);
  buffer_.clear();
  if (buffer_.capacity() > kKeep) buffer_.shrink_to_fit();
}

void GuestCalls::read_reply(std::string& reply) {
  for (;;) {
    std::string_view left = incoming_;
    if (const auto record = next_record(left, UINT32_MAX)) {
      if (record->kind != Kind::kReply || !left.empty()) throw Nonsense("the host's reply is none");
      reply = record->payload;
      incoming_.clear();
      return;
    }
    read_some(socket_, incoming_);
  }
}

// It does not go to sleep at once when the plugin's code has ended: to be woken for each event
// would cost more than to look a few hundred times a second while there are many.
void GuestCalls::keep_flushing() {
  const report::MutexLock lock(mutex_);
  while (!ending_) {
    asleep_ = !running_ && !ran_;
    ran_ = false;
    if (asleep_) {
      changed_.wait(mutex_, [&]() REQUIRES(mutex_) { return ending_ || running_; });
    } else {
      changed_.wait_for(mutex_, kTick, [&]() REQUIRES(mutex_) { return ending_; });
    }
    asleep_ = false;
    if (running_) flush_now();
  }
}

}  // namespace stoa::remote
