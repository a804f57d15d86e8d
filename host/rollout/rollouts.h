// Bringing versions in and taking them back while the server serves.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "manifest/manifest.h"
#include "plugin/libraries.h"
#include "report/log.h"
#include "report/mutex.h"
#include "report/startup_error.h"
#include "rollout/builds.h"
#include "rollout/changes.h"
#include "rollout/guard.h"
#include "rollout/history.h"
#include "rollout/memory.h"
#include "rollout/refused.h"
#include "rollout/replacements.h"
#include "rollout/running.h"
#include "rollout/scene.h"
#include "rollout/status.h"
#include "rollout/under_way.h"
#include "routing/router.h"

namespace stoa::rollout {

class Transition;

// What a long step says of itself as it goes.
using Progress = std::function<void(std::string_view)>;

// How a step ended.
struct Done {
  uint64_t number = 0;  // of the rollout; 0 if nothing changed
  std::string text;
  std::vector<Change> changes;
  std::vector<std::string> restart;  // what else the manifest says, that only a restart brings
};

// Owned by whoever serves; the router must outlive it, and the loops must have ended when it goes.
// It has two threads of its own. One does the rounds: it watches the versions, sees those off that
// go, and waits for nobody. The other takes the steps that no operator takes: when SIGHUP came,
// when a schedule is due, when a version was found bad.
//
// A step is all or nothing. It is prepared beside what serves: libraries are copied, tried in a
// child process and loaded, instances created and tested, new configs offered, what a version keeps
// for the whole namespace handed over. If any of that fails nothing has changed, and the step is
// refused with a sentence. Then it takes effect, which cannot fail: the splits change, it is
// recorded, and the members of versions that go depart. Another step may be taken while they do.
class Rollouts {
 public:
  // Starts everything that the manifest names, before the loops run. Throws report::StartupError.
  Rollouts(const manifest::Manifest& manifest, routing::Router& router, report::Log& log);
  ~Rollouts();
  Rollouts(const Rollouts&) = delete;
  Rollouts& operator=(const Rollouts&) = delete;

  // The loops run from now on.
  void start();
  // No step is taken any more. Any thread.
  void drain() noexcept;
  // The same, and a step that is under way is given up.
  void stop();
  // Destroys all versions: none of them is seen off any more. Takes some seconds at most; false if
  // one did not end in them, and is left behind. REQUIRES: the loops have ended.
  bool retire();

  // --- Steps. Any thread but a loop's; one at a time, the others wait for their turn. Each throws
  // Refused. Once taken it waits for the members who depart, but not for ever. `by` is for the
  // history. ----------------------------------------------------------------------------------

  Done reload(const std::string& by, const Progress& progress);
  Done set_weights(const std::string& by, const std::string& ns,
                   const std::map<std::string, uint32_t>& percent, const Progress& progress);
  // At once, or by a schedule like "5% 10m, 25% 30m, 100%".
  Done promote(const std::string& by, const std::string& ns, const std::string& version,
               const std::string& schedule, const Progress& progress);
  // The schedule of the namespace stands still, or goes on.
  Done pause(const std::string& by, const std::string& ns, bool paused);
  Done retire(const std::string& by, const std::string& ns, const std::string& version,
              const Progress& progress);
  // To how the namespace was after rollout `to`, or before its last change: see way_back().
  Done roll_back(const std::string& by, const std::string& ns, std::optional<uint64_t> to,
                 const Progress& progress);

  // Versions that were put aside because their processes failed get another one: the one that is
  // named, or all of the namespace.
  Done revive(const std::string& ns, const std::string& version);

  // Reads the manifest again, soon; how it went is said in the log.
  void reload_soon();

  // What reload() would change, by this manifest or the server's own. Throws Refused.
  [[nodiscard]] Done plan(const std::optional<std::filesystem::path>& file);

  // --- To look at. Any thread ----------------------------------------------------------------

  [[nodiscard]] Status status();
  [[nodiscard]] std::vector<Rollout> history();
  // How often a guard put a version out.
  [[nodiscard]] uint64_t guard_trips() const noexcept { return guard_trips_; }

 private:
  struct About {
    std::string by;
    std::string ns;         // empty: several
    std::string text;       // empty: what the changes say
    bool urgent = false;    // what serves is bad
    bool resettle = false;  // who is in goes where a newcomer like them would
    uint64_t replaces = 0;  // the number of an instance that failed: another one takes its place
  };
  // As long as there is one, namespaces that were removed are not forgotten: the step may bring
  // them back.
  class InHand {
   public:
    explicit InHand(Rollouts& all);
    ~InHand();
    InHand(const InHand&) = delete;
    InHand& operator=(const InHand&) = delete;

   private:
    Rollouts& all_;
  };

  // Taking a step.
  template <class Step>
  Done in_turn(Step step);
  [[nodiscard]] Scene recall();
  void judge(const Memory::Crash& crash, Scene& wanted);
  void provide_remembered(Wanted& ns) REQUIRES(step_);
  [[nodiscard]] std::vector<Running> running();
  [[nodiscard]] Scene scene();
  [[nodiscard]] static Wanted& named(Scene& scene, const std::string& ns);
  [[nodiscard]] Wanted before_last_change(const Wanted& now, std::optional<uint64_t> to,
                                          uint64_t& number);
  [[nodiscard]] static Scene changed_in(const Scene& wanted, const Scene& before);
  [[nodiscard]] Done reload_now(const std::string& by, const Progress& progress);
  [[nodiscard]] Done take(Scene wanted, const About& about, const Progress& progress)
      REQUIRES(step_);
  [[nodiscard]] uint64_t record(const About& about, const std::string& text, Scene scene);
  void record_start();
  [[nodiscard]] std::vector<std::string> taken_away() REQUIRES(state_);
  void say(uint64_t number, const About& about, std::string_view text);
  void remember();
  [[nodiscard]] Done follow(Done done, const Progress& progress);
  void wait_for(const UnderWay& step, const Progress& progress);
  [[nodiscard]] std::optional<UnderWay> under_way(uint64_t number);
  [[nodiscard]] static manifest::Manifest read_manifest(const std::filesystem::path& file);
  [[nodiscard]] uint32_t members(std::string_view ns, std::string_view version);
  [[nodiscard]] CountMembers counting();

  // A version that a look found bad.
  struct Bad {
    std::string ns;
    std::string version;
    uint64_t number = 0;
    std::string why;
  };
  // What a look found that is to be done. It is forgotten at the next one, which finds it again.
  struct Found {
    std::vector<Bad> bad;
    std::map<std::string, Trial> due;  // by namespace: those that go on, for nothing is bad
  };
  struct Looks {
    Clock::time_point when{};                    // of the last one
    std::map<uint64_t, routing::CallSums> sums;  // what the calls of each came to then, by number
    // By the numbers of the version and of the stable one: what another one came to says nothing.
    std::map<std::pair<uint64_t, uint64_t>, Watch> watches;
  };

  // The thread of the rounds: rounds.cpp.
  void run();
  [[nodiscard]] bool somebody_is_ready();
  void close_records();
  void see_off();
  void send_on(const Running& running, Leaving& leaving) REQUIRES(state_);
  void note_use(const std::string& sha256);
  void warn_of_retired();
  void watch();
  void look_at(const Running& running, Looks& looks, Found& found) REQUIRES(state_);
  [[nodiscard]] std::optional<std::string> too_many_failures(const std::string& ns,
                                                             const std::string& version,
                                                             const manifest::Guard& guard)
      REQUIRES(state_);
  [[nodiscard]] std::optional<std::string> verdict(const routing::Version& version,
                                                   const routing::Version& stable,
                                                   const manifest::Guard& guard, Looks& looks);

  // Versions that fail: supervision.cpp.
  [[nodiscard]] bool somebody_failed() REQUIRES(state_);
  [[nodiscard]] Clock::time_point next_look(Clock::time_point round);
  void supervise();
  void note_failure(const Running& running, const Failed& failed, const std::string& why,
                    Clock::time_point when) REQUIRES(state_);
  void replace_failed();
  void replace(const Failed& failed);
  [[nodiscard]] Done replace_now(const Failed& failed) REQUIRES(step_);
  void fail_again(const Failed& failed, const std::string& why);
  [[nodiscard]] static bool has(const Running& running, const Failed& failed);

  // The thread of the own steps: own_steps.cpp.
  void take_own_steps();
  void reload_by_signal();
  enum class Took { kTaken, kNotWanted, kRefused };
  Took take_alone(const std::string& by, const std::string& ns, bool urgent,
                  const std::function<std::optional<std::string>(Wanted&)>& change);
  void advance(const std::string& ns, const Trial& trial);
  void put_out(const Bad& bad);
  [[nodiscard]] bool runs(const Bad& bad);
  [[nodiscard]] Found found();

  report::Log& log_;
  routing::Router& router_;
  std::atomic<bool> live_ = false;      // the loops run
  std::atomic<bool> draining_ = false;  // no step is taken any more
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> reload_wanted_ = false;
  std::atomic<bool> step_is_due_ = false;  // something was found
  std::atomic<uint64_t> last_instance_ = 0;

  const manifest::Manifest manifest_;  // that the process was started with
  plugin::Libraries libraries_;
  std::atomic<uint64_t> guard_trips_ = 0;
  std::atomic<bool> warned_ = false;  // of retired libraries
  // The rounds' own.
  Clock::time_point rounded_{};
  Looks looks_;

  report::Mutex remembering_;  // held while the history is written down
  Memory memory_;

  report::Mutex step_;  // held by whoever takes a step
  Builds builds_;
  // Of steps that were given up when the server stopped: they are destroyed when this is.
  std::vector<VersionPtr> left_over_ GUARDED_BY(step_);

  report::Mutex state_;  // held for moments only
  std::vector<Running> running_ GUARDED_BY(state_);
  bool in_hand_ GUARDED_BY(state_) = false;
  std::vector<UnderWay> under_way_ GUARDED_BY(state_);
  Found found_ GUARDED_BY(state_);
  Replacements replacements_ GUARDED_BY(state_);
  History history_ GUARDED_BY(state_);
  std::map<std::string, std::chrono::system_clock::time_point> last_used_ GUARDED_BY(state_);

  std::thread rounds_;
  std::thread own_steps_;
};

// Takes the step when its turn has come; whatever is wrong with it is for the operator to read.
template <class Step>
Done Rollouts::in_turn(Step step) {
  const report::MutexLock lock(step_);
  if (!live_) throw Refused("The server is starting; try again in a moment.");
  // Also of a step that is refused a library may have been mapped.
  struct AtTheEnd {
    Rollouts& rollouts;
    ~AtTheEnd() { rollouts.warn_of_retired(); }
  };
  const AtTheEnd look{*this};
  try {
    return step();
  } catch (const Refused&) {
    throw;
  } catch (const report::StartupError& error) {
    throw Refused(error.what());
  } catch (const std::exception& error) {
    throw Refused(std::string("The step was given up: ") + error.what());
  }
}

}  // namespace stoa::rollout
