// The guest's end of the calls' socket.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <thread>

#include "remote/record.h"
#include "report/mutex.h"

namespace stoa::remote {

// Writes all of it. The process ends if the host is gone.
void write_all(int socket, std::string_view bytes);

// Collects what the plugin says to its host and writes it, in the order in which it was said. Any
// thread may say something. The process ends when the host is gone.
class GuestCalls {
 public:
  // Belongs to the thread that handles events: what it says may wait for more.
  explicit GuestCalls(int socket);
  ~GuestCalls();
  GuestCalls(const GuestCalls&) = delete;
  GuestCalls& operator=(const GuestCalls&) = delete;

  // Appends the record that `write` writes into the buffer it is given. False if it is larger than
  // the host takes: then nothing was said.
  template <class Write>
  [[nodiscard]] bool say(Write write) {
    const report::MutexLock lock(mutex_);
    if (!append(write)) return false;
    if (std::this_thread::get_id() != owner_ || buffer_.size() > kMuch) flush_now();
    return true;
  }
  // The same, and waits for the reply, whose payload goes into `reply`.
  template <class Write>
  [[nodiscard]] bool ask(Write write, std::string& reply) {
    const report::MutexLock lock(mutex_);
    if (!append(write)) return false;
    flush_now();
    read_reply(reply);
    return true;
  }

  // Around the time in which the plugin's code runs on the owner's thread: what it says meanwhile
  // is written after 2 ms, and the rest at the end.
  void begin();
  void end();

  // The host takes as much as the whole state of a namespace from now on.
  void allow_state();

 private:
  static constexpr std::size_t kMuch = std::size_t{64} * 1024;

  template <class Write>
  bool append(Write& write) REQUIRES(mutex_) {
    const std::size_t before = buffer_.size();
    try {
      write(buffer_);
    } catch (...) {
      buffer_.resize(before);
      throw;
    }
    if (buffer_.size() - before <= largest_) return true;
    buffer_.resize(before);
    return false;
  }
  void flush_now() REQUIRES(mutex_);
  void read_reply(std::string& reply) REQUIRES(mutex_);
  void keep_flushing();

  const int socket_;
  const std::thread::id owner_;
  report::Mutex mutex_;  // of the socket too: one reply at a time
  report::CondVar changed_;
  std::string buffer_ GUARDED_BY(mutex_);
  std::string incoming_ GUARDED_BY(mutex_);
  std::size_t largest_ GUARDED_BY(mutex_) = kMaxRecord;
  bool running_ GUARDED_BY(mutex_) = false;  // the plugin's code
  bool ran_ GUARDED_BY(mutex_) = false;      // since the flusher looked last
  bool asleep_ GUARDED_BY(mutex_) = true;    // the flusher
  bool ending_ GUARDED_BY(mutex_) = false;
  std::thread flusher_;  // last: it uses the others
};

}  // namespace stoa::remote
