// A version of a namespace's plugin that runs: its instance, and all that is the instance's own.
#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "manifest/manifest.h"
#include "plugin/instance.h"
#include "plugin/running.h"
#include "report/mutex.h"
#include "report/sparing.h"
#include "routing/call_stats.h"
#include "routing/deadlines.h"
#include "routing/inbox.h"
#include "routing/limits.h"
#include "routing/prepared.h"
#include "stoa/host.h"

namespace stoa::routing {

class Lane;
class Namespace;
class ProcessLane;
class Router;

// Its namespace has it as long as it serves or has members. It is shared because what it began
// (timers, questions, posted work) may be under way when it ends: whoever holds one of these holds
// the version, and finds out that it ended. Any thread may use it.
//
// It begins with create(), which may be tested, and then begin(). It ends in three steps, each
// after the one before: nobody new is assigned to it and its last member goes; end(), after which
// each shard sees off what it has under way; destroy().
class Version : public std::enable_shared_from_this<Version> {
 public:
  // `number` tells it from every other of this process, also of the same name.
  Version(Namespace& ns, std::string name, uint64_t number,
          std::shared_ptr<const plugin::Library> library, std::string config_json,
          manifest::Run run, manifest::Process process = {}, uint32_t threads = 1);
  ~Version();
  Version(const Version&) = delete;
  Version& operator=(const Version&) = delete;

  // What create() and handle_here() wait for a process is given up when this says so. Before them.
  void give_up_when(std::function<bool()> given_up);
  // Creates the instance: may call everything that plugins may. Throws report::StartupError.
  void create();
  // What it asked the host for meanwhile may come about.
  void begin();
  // May it, on this shard? Its loop thread.
  [[nodiscard]] bool begun(const Shard& shard) const noexcept;
  // Then now; else when it has begun, unless it ends before: `task` need not hold the version.
  template <class F>
  void once_begun(Shard& shard, F task) {
    begun(shard) ? task(shard) : keep_early(shard, std::move(task));
  }
  // No event reaches the instance any more, but for calls that run already.
  void end() noexcept;
  [[nodiscard]] bool ended() const noexcept { return ended_.load(std::memory_order_acquire); }
  // The instance is gone of itself, with its process, or its thread is stuck: this has ended, what
  // waits for it ends unanswered, newcomers wait until they are let in, and members stay until they
  // depart. Any thread, once.
  void fail(std::string why);
  [[nodiscard]] bool failed() const noexcept { return failed_.load(std::memory_order_acquire); }
  // Somebody is in a callback of it who may never come back: nobody may wait for that. Its thread,
  // for which it failed, or who destroys it.
  [[nodiscard]] bool stuck() const noexcept {
    return left_behind_.load(std::memory_order_acquire) ||
           (failed() && run() == manifest::Run::kThread);
  }
  // destroy() did not return in time. Any thread.
  void leave_behind() noexcept { left_behind_.store(true, std::memory_order_release); }
  struct Failure {
    std::string why;
    TimePoint when;
  };
  // REQUIRES: failed().
  [[nodiscard]] const Failure& failure() const noexcept { return failure_; }
  // Destroys the instance, if there is one, after what its lane still has. REQUIRES: no other call
  // runs and none comes any more.
  void destroy();

  [[nodiscard]] manifest::Run run() const noexcept;
  // How many threads it has, if it runs on its own.
  [[nodiscard]] uint32_t threads() const noexcept { return threads_; }
  // What its process is allowed, if it runs in one, and which that is; 0 if it has none.
  [[nodiscard]] const manifest::Process& process() const noexcept { return process_; }
  [[nodiscard]] pid_t pid() const noexcept;
  // How many events wait in its lane, and of how many bytes.
  [[nodiscard]] std::size_t queued() const noexcept;
  [[nodiscard]] std::size_t queued_bytes() const noexcept;
  // Where its events are posted; null if it runs on the loops.
  [[nodiscard]] Lane* lane() noexcept { return lane_.get(); }
  // The shard has posted something in this turn: is that news? It rings the lane at the turn's end.
  [[nodiscard]] bool note_posted(const Shard& shard) noexcept;
  void ring(const Shard& shard);

  [[nodiscard]] Namespace& ns() noexcept { return ns_; }
  [[nodiscard]] Router& router() noexcept;
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] uint64_t number() const noexcept { return number_; }
  [[nodiscard]] const plugin::Library& library() const noexcept { return *library_; }
  [[nodiscard]] const std::shared_ptr<const plugin::Library>& shared_library() const noexcept {
    return library_;
  }
  // What its plugin wants to hear of.
  [[nodiscard]] const plugin::Interests& wants() const noexcept { return library_->interests(); }
  // The instance handles an event while nothing else runs of it: before begin().
  [[nodiscard]] int32_t handle_here(const stoa_event& event);
  // REQUIRES: create() has returned or runs, destroy() was not called, and it runs in this process.
  [[nodiscard]] plugin::Instance& instance() noexcept { return *instance_; }
  // Who speaks in its log lines: "plugin/chat".
  [[nodiscard]] const std::string& speaker() const noexcept { return speaker_; }
  // When it was made.
  [[nodiscard]] std::chrono::system_clock::time_point since() const noexcept { return since_; }
  // The `config` table that it has, as JSON text. The thread that rolls out only.
  [[nodiscard]] const std::string& config_json() const noexcept { return config_json_; }
  void keep_config(std::string json) { config_json_ = std::move(json); }

  // Until it is, newcomers wait: it does not have yet what its namespace keeps for all, or hands
  // that over just now.
  [[nodiscard]] bool ready() const noexcept { return ready_.load(std::memory_order_acquire); }
  void set_ready(bool ready) noexcept { ready_.store(ready, std::memory_order_release); }

  // Does it keep to itself who its members are? Then they can only be moved to it if it imports.
  [[nodiscard]] bool tracks_members() const noexcept { return wants().tracks_members(); }

  // How many are its members, those that are being decided on included.
  [[nodiscard]] uint32_t members() const noexcept {
    return members_.load(std::memory_order_acquire);
  }
  void count_member(int change) noexcept;

  // What it began and is not through with yet: a question that it answers later, an ask of its own.
  // Whoever carries one of these keeps it from being ended.
  class Errand {
   public:
    explicit Errand(Version& version);
    ~Errand();
    Errand(Errand&&) noexcept = default;
    Errand& operator=(Errand&& other) noexcept {
      version_.swap(other.version_);
      return *this;
    }
    [[nodiscard]] Version& version() const noexcept { return *version_; }

   private:
    std::shared_ptr<Version> version_;
  };
  // What waits in its lane is one, too.
  [[nodiscard]] std::size_t errands() const noexcept;

  // Events that it brought about itself and that no lane has yet. Any thread.
  [[nodiscard]] std::atomic<uint32_t>& posts() noexcept { return posts_; }
  // May it bring about one more? Else it would fill the memory of all.
  [[nodiscard]] bool may_begin_more() const noexcept;

  // What its calls came to, on one shard: that shard's loop thread writes. And on its lane,
  // on each of its threads.
  [[nodiscard]] CallStats& stats(std::size_t shard) noexcept { return stats_[shard]; }
  [[nodiscard]] CallStats& lane_stats(std::size_t thread = 0) noexcept {
    return stats_[begun_.size() + thread];
  }
  [[nodiscard]] CallSums sums() const;
  // Are its calls timed? That costs two looks at the clock for each.
  [[nodiscard]] bool timed() const noexcept { return timed_.load(std::memory_order_relaxed); }
  void time_calls(bool on) noexcept { timed_.store(on, std::memory_order_relaxed); }

  // Says in the log that a call of a host function failed: as a warning, and at most once a second,
  // if the plugin did something wrong; at debug if that something is not there, or was changed by
  // somebody else, is an answer.
  void complain(std::string_view function, int32_t result) noexcept;

  // Callbacks that took longer than they may, and what the log says of them.
  void count_slow_callback() noexcept { slow_callbacks_.fetch_add(1, std::memory_order_relaxed); }
  [[nodiscard]] uint64_t slow_callbacks() const noexcept {
    return slow_callbacks_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] report::Sparing& slow_warnings() noexcept { return slow_warnings_; }
  // What its process runs now, if it has one.
  [[nodiscard]] std::optional<plugin::CallMark::Call> guest_call() const noexcept;

  // Messages that the plugin keeps ready.
  [[nodiscard]] PreparedMessages& prepared() noexcept { return prepared_; }

  // Timers that have not been stopped. The loop asks timer_live() before it fires one, so that a
  // timer stopped from any thread never begins again.
  [[nodiscard]] uint64_t add_timer();  // 0: too many
  [[nodiscard]] bool remove_timer(uint64_t timer);
  [[nodiscard]] bool timer_live(uint64_t timer);
  // Its turn has come: is it still there? One that does not repeat is over with that.
  [[nodiscard]] bool beats(uint64_t timer, bool repeats);
  // When they are due. Loop thread of the home worker only.
  [[nodiscard]] std::unordered_map<uint64_t, Deadlines::Position>& timers_due() noexcept {
    return timers_due_;
  }

 private:
  Namespace& ns_;
  const std::string name_;
  const uint64_t number_;
  const std::shared_ptr<const plugin::Library> library_;
  const std::string speaker_;
  const std::chrono::system_clock::time_point since_ = std::chrono::system_clock::now();
  std::string config_json_;
  const manifest::Process process_;
  const uint32_t threads_;
  std::atomic<bool> ended_ = false;
  std::atomic<bool> failed_ = false;
  std::atomic<bool> left_behind_ = false;
  Failure failure_;  // written before that
  std::atomic<bool> timed_ = false;
  std::atomic<bool> ready_ = true;
  std::atomic<uint32_t> members_ = 0;
  std::atomic<uint32_t> errands_ = 0;
  std::atomic<uint32_t> posts_ = 0;
  std::unique_ptr<CallStats[]> stats_;  // one for each shard, and for each of the lane's threads
  report::Sparing complaints_;          // keeps the plugin's faults from flooding the log
  std::atomic<uint64_t> slow_callbacks_ = 0;
  report::Sparing slow_warnings_{std::chrono::seconds(10)};
  PreparedMessages prepared_;
  stoa_host host_;  // what the instance calls; before it, so that it outlives it
  std::unique_ptr<plugin::Instance> instance_;

  struct Early {
    Shard* shard;
    Task task;
  };
  void keep_early(Shard& shard, Task task);
  void begin_on(Shard& shard);
  [[nodiscard]] std::vector<Early> take_early(const Shard& shard);
  std::vector<uint8_t> begun_;  // by shard, each that one's own
  report::Mutex early_mutex_;
  std::vector<Early> early_ GUARDED_BY(early_mutex_);

  report::Mutex timers_mutex_;
  std::unordered_set<uint64_t> timers_ GUARDED_BY(timers_mutex_);
  uint64_t last_timer_ GUARDED_BY(timers_mutex_) = 0;
  std::unordered_map<uint64_t, Deadlines::Position> timers_due_;

  std::vector<uint8_t> posted_;  // by shard, each that one's own
  const std::unique_ptr<Lane> lane_;
  ProcessLane* const guest_;  // the same, if that is a process
};

}  // namespace stoa::routing
