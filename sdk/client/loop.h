// The client's thread: a libwebsockets context, tasks from other threads, and timers.
#pragma once

#include <libwebsockets.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "report/mutex.h"

namespace stoa::client {

// Owned by the client. Everything but run(), post(), on_thread() and stop() belongs to its thread.
class Loop {
 public:
  using Task = std::function<void()>;
  using Clock = std::chrono::steady_clock;
  using Timer = std::pair<Clock::time_point, uint64_t>;  // when, and a number to tell equals apart

  struct Config {
    lws_callback_function* callback = nullptr;  // of every connection
    void* user = nullptr;                       // what lws_context_user() returns in it
    bool tls = false;
    std::string ca_file;
  };

  // Throws std::runtime_error if the system has no descriptors or memory left for it.
  explicit Loop(const Config& config);
  ~Loop();  // REQUIRES: stopped, or never started
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  [[nodiscard]] lws_context* context() const { return context_; }

  void start();
  // Runs what was posted, then ends the thread.
  void stop();

  [[nodiscard]] bool on_thread() const { return std::this_thread::get_id() == thread_id_; }
  // Runs `task` on the loop's thread: now if this is it, otherwise soon.
  void run(Task task);
  // Runs `task` on the loop's thread, never before this returns.
  void post(Task task);

  Timer after(std::chrono::milliseconds delay, Task task);
  void cancel(const Timer& timer) { timers_.erase(timer); }

 private:
  // Wakes lws_service() for the earliest timer.
  struct Alarm {
    lws_sorted_usec_list_t entry{};
    lws_context* context = nullptr;
  };

  static void ring(lws_sorted_usec_list_t* entry);
  void serve();
  bool run_posted();  // false when there is nothing left to do and stop() was called
  void run_due();
  void set_alarm();

  lws_protocols protocols_[2];
  lws_context* context_ = nullptr;
  Alarm alarm_;
  std::map<Timer, Task> timers_;
  uint64_t next_timer_ = 0;

  report::Mutex mutex_;
  std::vector<Task> posted_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;

  std::thread thread_;
  std::thread::id thread_id_;  // set before start() returns
};

}  // namespace stoa::client
