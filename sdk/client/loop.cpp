#include "loop.h"

#include <stdexcept>

namespace stoa::client {
namespace {

// The wake-up pipe, one connection, and what libwebsockets opens while it resolves and connects.
constexpr unsigned kDescriptors = 16;
// The most that Socket::receive() gets at once. Not a size that the host makes smaller if it shares
// this process (lws_quirks.h).
constexpr std::size_t kReceiveBytes = 16 * 1024 + 1;

// Notices a dead peer: a ping after this long without a frame, the end after that long.
const lws_retry_bo_t kLiveness = {nullptr, 0, 0, 25, 35, 0};

// libwebsockets keeps its log level and its TLS set-up in globals.
report::Mutex creation;

lws_context* create_context(const Loop::Config& config, const lws_protocols* protocols) {
  lws_context_creation_info info{};
  info.port = CONTEXT_PORT_NO_LISTEN;
  info.protocols = protocols;
  info.user = config.user;
  info.fd_limit_per_thread = kDescriptors;
  info.retry_and_idle_policy = &kLiveness;
  // Not through a proxy that the environment names: that is for browsers, and breaks loopback.
  info.http_proxy_address = "";
  if (config.tls) info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
  if (!config.ca_file.empty()) info.client_ssl_ca_filepath = config.ca_file.c_str();

  const report::MutexLock lock(creation);
  lws_set_log_level(0, nullptr);
  return lws_create_context(&info);
}

}  // namespace

Loop::Loop(const Config& config) : protocols_{} {
  protocols_[0].name = "neffos";
  protocols_[0].callback = config.callback;
  protocols_[0].rx_buffer_size = kReceiveBytes;
  context_ = create_context(config, protocols_);
  if (context_ == nullptr) {
    throw std::runtime_error(
        "The client could not set up libwebsockets: too few file descriptors?");
  }
  alarm_.context = context_;
}

Loop::~Loop() {
  lws_context_destroy(context_);
}

void Loop::start() {
  const report::MutexLock lock(mutex_);  // the thread waits until its id is known
  thread_ = std::thread([this] { serve(); });
  thread_id_ = thread_.get_id();
}

void Loop::stop() {
  {
    const report::MutexLock lock(mutex_);
    stopping_ = true;
  }
  lws_cancel_service(context_);
  thread_.join();
}

void Loop::run(Task task) {
  if (on_thread()) {
    task();
  } else {
    post(std::move(task));
  }
}

void Loop::post(Task task) {
  bool first = false;
  {
    const report::MutexLock lock(mutex_);
    first = posted_.empty();
    posted_.push_back(std::move(task));
  }
  if (first) lws_cancel_service(context_);
}

Loop::Timer Loop::after(std::chrono::milliseconds delay, Task task) {
  const Timer timer{Clock::now() + delay, next_timer_++};
  timers_.emplace(timer, std::move(task));
  return timer;
}

void Loop::serve() {
  while (run_posted()) {
    run_due();
    set_alarm();
    lws_service(context_, 0);
  }
}

bool Loop::run_posted() {
  for (;;) {
    std::vector<Task> tasks;
    {
      const report::MutexLock lock(mutex_);
      if (posted_.empty()) return !stopping_;
      tasks.swap(posted_);
    }
    for (const Task& task : tasks) task();
  }
}

void Loop::run_due() {
  const auto now = Clock::now();
  while (!timers_.empty() && timers_.begin()->first.first <= now) {
    const Task task = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    task();
  }
}

// lws_service() calls what is due first and waits for sockets afterwards: it must not wait now.
void Loop::ring(lws_sorted_usec_list_t* entry) {
  lws_cancel_service(lws_container_of(entry, Alarm, entry)->context);
}

void Loop::set_alarm() {
  lws_usec_t wait = LWS_SET_TIMER_USEC_CANCEL;
  if (!timers_.empty()) {
    using std::chrono::microseconds;
    const auto left = timers_.begin()->first.first - Clock::now();
    wait = std::max<lws_usec_t>(1, std::chrono::ceil<microseconds>(left).count());
  }
  lws_sul_schedule(context_, 0, &alarm_.entry, ring, wait);
}

}  // namespace stoa::client
