// How the members of a version that goes get to another one.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "routing/membership.h"
#include "routing/outcome.h"

namespace stoa::routing {

class Shard;

// One version's, begun by the thread that rolls out and carried through by all shards, each with
// its own members. Shared by whoever has a member of it in hand.
//
// A member moves in one go, unless a plugin thinks about it: its frames are held, the old version
// exports what it knows of it, the one that the namespace's split chooses imports that and may
// judge the member, and the frames go on to the new one. If that is refused, and for members that
// may not move, the server disconnects the member and connects it again.
//
// A version that failed exports nothing: who takes over a member of it is told what the host knows
// of the member, if it wants to hear that, and else that nothing was exported. One that fails
// meanwhile refuses nobody: the members go on to the next one.
class Departure : public std::enable_shared_from_this<Departure> {
 public:
  struct Ways {
    bool move = true;   // else all are reconnected
    bool stay = false;  // those that cannot move stay for now, instead of being reconnected
  };
  Departure(std::shared_ptr<Version> from, Ways ways);

  // --- For the thread that rolls out --------------------------------------------------------

  // Holds all members that nothing else is under way with, on every shard; `done` runs on the last
  // of the shards. The others are held as soon as they are through with it.
  void hold_all(const std::function<void()>& done);
  // Lets go of those again: they may depart later.
  void release();
  // The same, and nobody departs, also of those whose turn it is.
  void call_off();
  // Sends all members on their way, but for those to whom the namespace's split gives this very
  // version.
  void begin();
  // Has each of them had its turn? Some may still wait for what goes on with them, and for clients.
  [[nodiscard]] bool gone_through() const noexcept { return shards_to_go_ == 0 && undecided_ == 0; }
  // Has that come to every shard? Until then one may still let somebody in by an older split; from
  // then on the version's members and errands become fewer only.
  [[nodiscard]] bool under_way() const noexcept { return under_way_; }

  // How they fared.
  [[nodiscard]] uint32_t moved() const noexcept { return moved_; }
  [[nodiscard]] uint32_t reconnected() const noexcept { return reconnected_; }
  [[nodiscard]] uint32_t expelled() const noexcept { return expelled_; }
  [[nodiscard]] const Version& from() const noexcept { return *from_; }
  [[nodiscard]] const Ways& ways() const noexcept { return ways_; }
  // Why the first of those that could not be moved could not; empty if all could.
  [[nodiscard]] std::string refusal();

  // --- For shards ---------------------------------------------------------------------------

  // The member's turn; it stays held if nobody departs yet. REQUIRES: it was held once for this.
  void depart(Shard& shard, Membership& member);

 private:
  // Enough to find a member again, or to find out that it is gone.
  struct Traveller {
    uint64_t connection;
    uint64_t membership;
  };

  // Its plugins are asked about a member, as long as somebody has one of these.
  class Undecided {
   public:
    explicit Undecided(std::shared_ptr<Departure> departure);
    ~Undecided();
    Undecided(const Undecided&) = delete;
    Undecided& operator=(const Undecided&) = delete;

   private:
    const std::shared_ptr<Departure> departure_;
  };
  using Asking = std::shared_ptr<const Undecided>;

  [[nodiscard]] std::vector<Traveller> members_on(Shard& shard);
  [[nodiscard]] Membership* find(Shard& shard, const Traveller& who) const;
  void hold_on(Shard& shard);
  void go(Shard& shard, std::vector<Traveller> left);
  void go_on(Shard& shard, std::vector<Traveller> left);
  void wait_for(Shard& shard, Version& to, const Traveller& who,
                std::function<void(Membership&)> then);
  void exported(Shard& shard, const Traveller& who, const Outcome& outcome, const Asking& asking);
  [[nodiscard]] bool attaches_to(const Version& to) const noexcept;
  void attach(Shard& shard, Membership& member, Version& to, const Asking& asking);
  void offer(Shard& shard, Membership& member, Version& to, const stoa_event& event,
             const Asking& asking);
  void imported(Shard& shard, const Traveller& who, Version& to, const Outcome& outcome);
  void forget_importer(Shard& shard, const Traveller& who);
  void reconnect(Shard& shard, Membership& member);
  void refused(Shard& shard, Membership& member, std::string_view why);

  const std::shared_ptr<Version> from_;
  const Ways ways_;
  std::vector<uint8_t> begun_;  // by shard, each that one's own: its members may depart
  // By shard, each that one's own: whose lane has enough of them for now.
  std::vector<std::shared_ptr<Version>> full_;
  std::atomic<bool> off_ = false;
  std::atomic<bool> under_way_ = false;
  std::atomic<std::size_t> shards_to_go_;
  std::atomic<std::size_t> undecided_ = 0;
  std::atomic<uint32_t> moved_ = 0;
  std::atomic<uint32_t> reconnected_ = 0;
  std::atomic<uint32_t> expelled_ = 0;
  report::Mutex refusal_mutex_;
  std::string refusal_ GUARDED_BY(refusal_mutex_);
};

// Asks the member's version whether it may stay. REQUIRES: it is held once, which ends if it may.
// Else it is out, with a text, and what it said meanwhile has come too late.
void judge(Shard& shard, Membership& member);

// Asks the version whether its members may stay, as it has another config than when they came in.
// Those that may not are out, with the text that it gave. Those that are being let in are judged
// when they are in.
void judge_members(const std::shared_ptr<Version>& version);

}  // namespace stoa::routing
