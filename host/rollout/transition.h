// One step, from what runs to what is wanted.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "report/log.h"
#include "rollout/bequest.h"
#include "rollout/running.h"
#include "rollout/scene.h"
#include "rollout/under_way.h"
#include "rollout/ways.h"
#include "routing/outcome.h"
#include "routing/router.h"

namespace stoa::rollout {

// What a step needs of the one who takes it.
struct Means {
  routing::Router& router;
  report::Log& log;
  const manifest::Server& server;      // that the process was started with
  std::chrono::milliseconds patience;  // for a plugin's create(), and for what it is asked
  bool live;                           // the loops run
  bool urgent;        // what serves is bad: nobody stays, and no refusal to take over counts
  bool resettle;      // members of versions that run on go where a newcomer like them would
  uint64_t replaces;  // the number of an instance that failed: another one takes its place; 0: none
  const std::atomic<bool>& stopping;
  std::atomic<uint64_t>& last_instance;
  std::vector<VersionPtr>& left_over;  // gets those that are to be destroyed after the loops
  std::function<void(std::string_view)> progress;
};

// Lives as long as the step. What it made and nobody took over is destroyed with it.
class Transition {
 public:
  explicit Transition(Means means) : means_(std::move(means)) {}
  ~Transition();
  Transition(const Transition&) = delete;
  Transition& operator=(const Transition&) = delete;

  // Makes the instances that are wanted and not there, and brings new configs to those that take
  // them. Throws Refused, or report::StartupError while the loops do not run yet, after everything
  // is as it was.
  void prepare(const std::vector<Running>& now, const Scene& wanted);

  // Puts what is wanted in the place of what runs where something is to be handed over, so that it
  // could still be taken back. The caller holds the lock of `running`.
  void put(std::vector<Running>& running);
  // Hands over what versions keep for their whole namespace. Throws Refused if one does not take it
  // over, unless the step is urgent; then put_back() must follow.
  void hand_over();
  void put_back(std::vector<Running>& running);
  // The plugins that had agreed to new configs get their old ones again: after put_back(), without
  // the lock.
  void take_configs_back();
  // It stays so: members depart, newcomers who waited come in.
  void confirm(std::vector<Running>& running);

  // Those who are on their way now.
  [[nodiscard]] const UnderWay& under_way() const noexcept { return under_way_; }
  // What the operator should know of a step that was taken all the same.
  [[nodiscard]] const std::string& note() const noexcept { return note_; }

 private:
  // One namespace's part of the step.
  struct Part {
    routing::Namespace* ns = nullptr;
    Running before;
    Running after;
    std::vector<VersionPtr> staged;
    std::vector<VersionPtr> going;
    std::vector<Leaving> leaving;  // of those that go, once they were put
    std::vector<Bequest> bequests;
  };
  struct Offer {
    VersionPtr version;
    std::string json;
  };

  void put(Part& part, std::vector<Running>& running);
  [[nodiscard]] Ways ways(const Part& part) const;
  void plan_part(const Running* before, const Wanted& wanted);
  void plan_removal(const Running& before);
  void limit(routing::Namespace& ns, const manifest::Namespace& spec);
  [[nodiscard]] VersionPtr provide(Part& part, const Wanted& wanted, std::size_t at);
  [[nodiscard]] bool can_be(const routing::Version& running, const Wanted& wanted,
                            std::size_t at) const;
  [[nodiscard]] VersionPtr stage(routing::Namespace& ns, const Wanted& wanted, std::size_t at);
  [[nodiscard]] bool start(routing::Version& version);
  [[nodiscard]] bool create_in_process(routing::Version& version,
                                       const std::function<void()>& create);
  void keep_protocol(const Scene& wanted) const;
  void offer_configs();
  [[nodiscard]] std::string hand_over(const Part& part, const Bequest& bequest, bool& final);
  void relieve(const std::vector<VersionPtr>& versions);
  [[nodiscard]] std::string pass_on(const Part& part, const Bequest& bequest, bool& final);
  [[nodiscard]] std::string hold_members(const Part& part, const VersionPtr& version);
  void release_members();
  void send_off(const Part& part, Leaving& leaving);
  void let_in(const Part& part);
  void settle(const Part& part);
  [[nodiscard]] routing::Outcome ask(const VersionPtr& version, uint32_t kind, uint64_t schema,
                                     std::string body);
  [[nodiscard]] std::string wait_for(const std::function<bool()>& done, const std::string& what);
  void discard(const std::vector<VersionPtr>& staged);

  Means means_;
  std::vector<Part> parts_;
  std::vector<Offer> offers_;
  UnderWay under_way_;
  // Of versions that run on, whose members are held while they hand over.
  std::vector<std::shared_ptr<routing::Departure>> holds_;
  std::string note_;
  bool taken_ = false;
};

}  // namespace stoa::rollout
