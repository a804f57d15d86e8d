#include "routing/thread_lane.h"

#include <pthread.h>

#include <chrono>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "report/startup_error.h"
#include "routing/questions.h"
#include "routing/router.h"

namespace stoa::routing {
namespace {

using std::chrono::microseconds;

// What a plugin said is not kept back for longer than this while its next events are handled.
constexpr microseconds kKeptBack{500};
// After a call that took longer, so many others are not trusted to be quick.
constexpr microseconds kSlow{1000};
constexpr uint32_t kDistrust = 1000;

// The question that this thread's plugin handles.
struct Heard {
  const Letter& letter;
  Inbox& asker;
  bool answered = false;
};
thread_local Heard* heard = nullptr;

bool is_part_of(std::string_view part, stoa_bytes whole) {
  return part.data() == whole.data && part.size() == whole.size;
}

// It concerns what was handled before it on any thread, and nobody who goes on meanwhile: a marker,
// or the end of an ask whose answers are handled on their members' threads.
bool only_comes_last(const Letter& letter) {
  const bool ends_ask =
      letter.event.kind == STOA_EVENT_ANSWER && (letter.event.flags & STOA_EVENT_LAST) != 0;
  return letter.is_marker() || ends_ask;
}

// A name for debuggers and `top`: at most 15 bytes.
void name_this_thread(const std::string& ns) {
  pthread_setname_np(pthread_self(), ("ns/" + ns).substr(0, 15).c_str());
}

}  // namespace

void check_threads(const std::string& ns, const plugin::Description& plugin, uint32_t threads) {
  if (threads == 1 || (plugin.flags & STOA_PLUGIN_CONCURRENT) != 0) return;
  throw report::StartupError(
      "namespace \"" + ns + "\": plugin " + plugin.name + " " + plugin.version +
      " handles one event at a time, but " + std::to_string(threads) +
      " threads are wanted; leave `threads` out, or build a plugin that declares "
      "STOA_PLUGIN_CONCURRENT (on.concurrent() in C++)");
}

// All threads of a lane come to it. If `waits`, the first of them handles the letter when the
// others are there, and they go on then; else the last one that comes does, and nobody waits.
struct Meeting {
  explicit Meeting(std::size_t all, bool those_wait)
      : waits(those_wait), coming(all), present(all) {}

  // Is this the last?
  [[nodiscard]] bool come() {
    const report::MutexLock lock(mutex);
    changed.notify_all();
    return --coming == 0;
  }
  void wait_for_all() {
    const report::MutexLock lock(mutex);
    changed.wait(mutex, [this]() REQUIRES(mutex) { return coming == 0; });
  }
  void end() {
    const report::MutexLock lock(mutex);
    over = true;
    changed.notify_all();
  }
  void wait_for_end() {
    const report::MutexLock lock(mutex);
    changed.wait(mutex, [this]() REQUIRES(mutex) { return over; });
  }
  // Is this the last? Then it is to be deleted.
  [[nodiscard]] bool leave() {
    const report::MutexLock lock(mutex);
    return --present == 0;
  }

  const bool waits;
  report::Mutex mutex;
  report::CondVar changed;
  std::size_t coming GUARDED_BY(mutex);
  std::size_t present GUARDED_BY(mutex);
  bool over GUARDED_BY(mutex) = false;
};

// One thread, and what waits for it.
class ThreadLane::Strand {
 public:
  Strand(ThreadLane& lane, std::size_t index)
      : lane_(lane),
        version_(lane.version_),
        stats_(version_.lane_stats(index)),
        first_(index == 0) {}

  void start();
  // The rest is handled, and nothing after it.
  void close();
  void join();
  void put(const Letter& letter);
  void ring();

 private:
  void work();
  bool take(Mail& batch);
  void handle_all(Mail& batch, LateRings& rings);
  void meet(const Letter& letter, LateRings& rings);
  void handle(const Letter& letter, TimePoint begun);
  [[nodiscard]] int32_t call(const stoa_event& event, TimePoint begun);

  ThreadLane& lane_;
  Version& version_;
  CallStats& stats_;
  const bool first_;
  uint32_t distrust_ = 0;  // so many letters are not trusted to be quick
  report::Mutex mutex_;
  report::CondVar woken_;
  Mail queue_ GUARDED_BY(mutex_);
  bool ending_ GUARDED_BY(mutex_) = false;
  bool asleep_ GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: it uses all the others
};

// --- The lane ---------------------------------------------------------------------------------

ThreadLane::ThreadLane(Version& version, uint32_t threads) : Lane(version) {
  for (std::size_t i = 0; i < threads; ++i) {
    strands_.push_back(std::make_unique<Strand>(*this, i));
  }
}

ThreadLane::~ThreadLane() {
  ThreadLane::end();
}

void ThreadLane::start() {
  for (const auto& strand : strands_) strand->start();
}

void ThreadLane::end() {
  for (const auto& strand : strands_) strand->close();
  for (const auto& strand : strands_) strand->join();
}

void ThreadLane::ring() {
  for (const auto& strand : strands_) strand->ring();
}

ThreadLane::Strand& ThreadLane::strand_of(stoa_connection connection) {
  constexpr uint64_t kSpread = 0x9e3779b97f4a7c15;  // the golden ratio, in 64 bits
  return *strands_[connection == 0 ? 0 : (connection * kSpread >> 32) % strands_.size()];
}

void ThreadLane::put(const Letter& letter) {
  if (strands_.size() == 1) return strands_.front()->put(letter);
  const uint32_t kind = letter.event.kind;
  if (only_comes_last(letter)) return call_all(letter);
  const bool of_one = letter.event.connection != 0 || kind == STOA_EVENT_TIMER ||
                      kind == STOA_EVENT_POSTED || kind == STOA_EVENT_ANSWER;
  of_one ? strand_of(letter.event.connection).put(letter) : call_all(letter);
}

// The first has the letter, the others one without its bytes.
void ThreadLane::call_all(const Letter& letter) {
  Letter called = letter;
  called.meeting = new Meeting(strands_.size(), !only_comes_last(letter));
  const report::MutexLock lock(meetings_);
  strands_.front()->put(called);
  called.event.room = called.event.event = called.event.body = {};
  for (std::size_t i = 1; i < strands_.size(); ++i) strands_[i]->put(called);
}

// --- One thread -------------------------------------------------------------------------------

void ThreadLane::Strand::start() {
  try {
    thread_ = std::thread([this] { work(); });
  } catch (const std::system_error&) {
    throw report::StartupError("namespace \"" + version_.ns().name() +
                               "\": the system has no thread for it: raise the limit (ulimit -u) "
                               "or run it on the loop");
  }
}

void ThreadLane::Strand::close() {
  {
    const report::MutexLock lock(mutex_);
    ending_ = true;
  }
  woken_.notify_all();
}

void ThreadLane::Strand::join() {
  if (thread_.joinable()) thread_.join();
}

void ThreadLane::Strand::put(const Letter& letter) {
  const report::MutexLock lock(mutex_);
  queue_.add(letter);
}

// Without the mutex, which the thread takes as soon as it is awake.
void ThreadLane::Strand::ring() {
  {
    const report::MutexLock lock(mutex_);
    if (queue_.empty() || !std::exchange(asleep_, false)) return;
  }
  woken_.notify_all();
}

// The next letters; false if there are none and there will be none.
bool ThreadLane::Strand::take(Mail& batch) {
  batch.clear();
  const report::MutexLock lock(mutex_);
  asleep_ = queue_.empty() && !ending_;
  woken_.wait(mutex_, [this]() REQUIRES(mutex_) { return !asleep_ || ending_; });
  batch.swap(queue_);
  return !batch.empty();
}

void ThreadLane::Strand::work() {
  name_this_thread(version_.ns().name());
  LateRings rings;
  Mail batch;
  while (take(batch)) handle_all(batch, rings);
}

void ThreadLane::Strand::handle_all(Mail& batch, LateRings& rings) {
  TimePoint begun = Clock::now();
  TimePoint kept_since = begun;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const Letter letter = batch.at(i);
    // What is said to the last of them is awaited by nobody else: it goes out at once.
    const bool more = i + 1 < batch.size();
    rings.keep_back(more && distrust_ == 0);
    letter.meeting ? meet(letter, rings) : handle(letter, begun);
    if (!more) break;
    const TimePoint now = Clock::now();
    distrust_ = now - begun > kSlow ? kDistrust : distrust_ - (distrust_ != 0 ? 1 : 0);
    begun = now;
    if (now - kept_since < kKeptBack) continue;
    rings.ring();
    kept_since = now;
  }
  rings.ring();
}

void ThreadLane::Strand::meet(const Letter& letter, LateRings& rings) {
  Meeting& meeting = *letter.meeting;
  const bool last = meeting.come();
  if (!meeting.waits) {
    if (last) handle(letter, Clock::now());
  } else if (first_) {
    rings.ring();
    meeting.wait_for_all();
    handle(letter, Clock::now());
    meeting.end();
  } else {
    rings.ring();
    meeting.wait_for_end();
  }
  if (meeting.leave()) delete &meeting;
}

void ThreadLane::Strand::handle(const Letter& letter, TimePoint begun) {
  const stoa_event& event = letter.event;
  int32_t result = STOA_OK;
  Heard now{letter, lane_.asker(event.reply).inbox()};
  const bool beats = letter.timer == 0 || version_.beats(letter.timer, !letter.only_once);
  if (beats && !letter.is_marker() && !version_.ended()) {
    stats_.waits.add(begun - letter.since);
    heard = &now;
    result = call(event, begun);
    heard = nullptr;
  }
  Debt debt = debt_of(letter);
  if (now.answered) debt.reply = 0;
  lane_.settle(debt, result);
}

int32_t ThreadLane::Strand::call(const stoa_event& event, TimePoint begun) {
  stats_.calls.add();
  const int32_t result = version_.instance().handle(event);
  if (version_.timed()) stats_.durations.add(Clock::now() - begun);
  return result;
}

// --- Answers ----------------------------------------------------------------------------------

std::optional<int32_t> ThreadLane::answered(stoa_reply token, const Said& said) {
  if (!heard || token == 0 || heard->letter.event.reply != token) return std::nullopt;
  if (heard->answered) return STOA_ERR_STALE;
  const stoa_event& event = heard->letter.event;
  const bool binary = (event.flags & STOA_EVENT_BINARY) != 0;
  const bool known = is_part_of(said.body, event.body);
  if (!known && !may_answer(event.kind, binary, said)) return STOA_ERR_INVALID;
  heard->answered = true;
  heard->asker.put_answer(token, said);
  return STOA_OK;
}

}  // namespace stoa::routing
