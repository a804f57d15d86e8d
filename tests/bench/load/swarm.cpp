#include "swarm.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace stoa::bench {
namespace {

constexpr std::size_t kReadBytes = 256 * 1024;
constexpr std::size_t kDialedAtOnce = 64;
constexpr double kDialAllSeconds = 120;

}  // namespace

Swarm::Swarm(uint16_t port, Dialect dialect, bool spin)
    : epoll_(epoll_create1(EPOLL_CLOEXEC)),
      port_(port),
      dialect_(dialect),
      spin_(spin),
      buffer_(kReadBytes, 0) {}

Swarm::~Swarm() {
  close(epoll_);
}

Connection& Swarm::dial(std::size_t index, Conversation& conversation, std::vector<Step> steps) {
  connections_.push_back(
      std::make_unique<Connection>(epoll_, port_, dialect_, index, conversation, std::move(steps)));
  return *connections_.back();
}

std::vector<Connection*> Swarm::dial_all(std::size_t count, Conversation& conversation,
                                         const StepsOf& steps_of) {
  std::vector<Connection*> all;
  std::size_t open = 0;
  const auto deadline = Clock::now() + std::chrono::duration<double>(kDialAllSeconds);
  while (open < count) {
    while (all.size() < count && all.size() - open < kDialedAtOnce) {
      all.push_back(&dial(all.size(), conversation, steps_of(all.size())));
    }
    poll(100);
    while (open < all.size() && all[open]->open()) ++open;
    if (broken() != 0) throw std::runtime_error("a connection did not open: " + trouble());
    if (Clock::now() > deadline) throw std::runtime_error("not all connections opened in time");
  }
  return all;
}

Connection& Swarm::replace(Connection& old, Conversation& conversation, std::vector<Step> steps) {
  const auto place = std::find_if(connections_.begin(), connections_.end(),
                                  [&](const auto& owned) { return owned.get() == &old; });
  *place = std::make_unique<Connection>(epoll_, port_, dialect_, old.index(), conversation,
                                        std::move(steps));
  return **place;
}

void Swarm::poll(int timeout_ms) {
  std::array<epoll_event, 256> events;
  const Clock::time_point before = Clock::now();
  const int n =
      epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), spin_ ? 0 : timeout_ms);
  if (spin_ && n == 0) idle_seconds_ += seconds_between(before, Clock::now());
  for (int i = 0; i < n; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    static_cast<Connection*>(event.data.ptr)->on_ready(event.events, buffer_);
  }
}

void Swarm::run_for(double seconds) {
  run_until([] { return false; }, seconds);
}

bool Swarm::run_until(const std::function<bool()>& done, double seconds) {
  const auto deadline = Clock::now() + std::chrono::duration<double>(seconds);
  while (Clock::now() < deadline) {
    if (done()) return true;
    poll(10);
  }
  return done();
}

std::size_t Swarm::broken() const {
  return static_cast<std::size_t>(
      std::count_if(connections_.begin(), connections_.end(),
                    [](const auto& owned) { return !owned->trouble().empty(); }));
}

std::string Swarm::trouble() const {
  for (const auto& owned : connections_) {
    if (!owned->trouble().empty()) return owned->trouble();
  }
  return {};
}

}  // namespace stoa::bench
