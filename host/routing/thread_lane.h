// A version's plugin on a thread of its own, or on several.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "plugin/description.h"
#include "report/mutex.h"
#include "routing/lane.h"
#include "routing/outcome.h"

namespace stoa::routing {

// Throws report::StartupError if events of this plugin cannot be handled on so many threads.
void check_threads(const std::string& ns, const plugin::Description& plugin, uint32_t threads);

// What is of one connection is handled on one of the threads, in its order. What is of none, timers
// and posted work, is on the first of them. What concerns the namespace as a whole is handled there
// too, while all others wait; and the end of an ask of many behind all of its answers.
class ThreadLane final : public Lane {
 public:
  // REQUIRES: `threads` is 1 or more, and 1 if its plugin is not concurrent.
  ThreadLane(Version& version, uint32_t threads);
  ~ThreadLane() override;

  [[nodiscard]] manifest::Run run() const noexcept override { return manifest::Run::kThread; }
  void start() override;
  void end() override;
  void ring() override;

  // Is this the answer to the question that this thread's lane runs? Then what it came to.
  [[nodiscard]] static std::optional<int32_t> answered(stoa_reply token, const Said& said);

 private:
  class Strand;

  void put(const Letter& letter) override;
  void call_all(const Letter& letter);
  [[nodiscard]] Strand& strand_of(stoa_connection connection);

  report::Mutex meetings_;  // each strand comes to them in the same order
  std::vector<std::unique_ptr<Strand>> strands_;
};

}  // namespace stoa::routing
