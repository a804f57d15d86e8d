// A version's plugin in a process of its own.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "plugin/file_descriptor.h"
#include "plugin/running.h"
#include "remote/confinement.h"
#include "remote/guest_process.h"
#include "remote/link.h"
#include "remote/output.h"
#include "report/mutex.h"
#include "routing/lane.h"

namespace stoa::routing {

// What a namespace's manifest wants for the processes of its plugins. Throws report::StartupError
// if this machine cannot give that.
[[nodiscard]] remote::Confinement confinement_of(const std::string& ns,
                                                 const manifest::Process& wanted);

// A thread passes events on to the process and carries out what its plugin calls, until the
// process ends. If nobody told it to, the version has failed: it is over, and whoever rolls out
// brings another instance in its place.
class ProcessLane final : public Lane, private remote::Listener {
 public:
  explicit ProcessLane(Version& version);
  ~ProcessLane() override;

  [[nodiscard]] manifest::Run run() const noexcept override { return manifest::Run::kProcess; }
  void give_up_when(std::function<bool()> given_up) { given_up_ = std::move(given_up); }
  // Starts the process and creates the plugin's instance in it, which may call `host` on this
  // thread meanwhile. Throws report::StartupError.
  void create(const stoa_host& host);
  // The instance handles an event, and this thread waits for that. REQUIRES: start() was not
  // called. STOA_ERR_FAILED if the process ends or takes too long.
  [[nodiscard]] int32_t handle_here(const stoa_event& event);
  void start() override;
  // A process that takes too long is killed.
  void end() override;
  void ring() override;

  // Of the process; 0 if there is none yet.
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  // What it runs now. Any thread.
  [[nodiscard]] std::optional<plugin::CallMark::Call> call() const noexcept { return mark_.look(); }

 private:
  // A letter that was taken from the queue, until it was handled.
  struct Sent {
    Debt debt;
    TimePoint since{};  // when it was posted
    uint32_t kind = 0;
    uint32_t index = 0;
    bool binary = false;
    bool passed_on = false;  // the guest has it; else its turn is all that it waits for
    bool here = false;       // of handle_here()
  };

  void put(const Letter& letter) override;
  template <class Done>
  bool wait_here(Done done);
  void work();
  [[nodiscard]] bool is_over();
  void pass_on_all();
  bool take();
  void pass_on(const Letter& letter);
  void settle_unsent();
  void begin_next(TimePoint now);
  [[nodiscard]] int patience() const;
  [[nodiscard]] bool is_stuck();
  [[nodiscard]] bool wait_and_hear(int patience_ms);
  [[nodiscard]] bool hear();
  void print();
  void part();
  void fail();
  void report_end(std::string_view what, std::string_view why);
  [[nodiscard]] std::string epitaph();
  void let_go();

  // remote::Listener
  void created(int32_t result, std::string_view why) override;
  void handled(int32_t result) override;
  void answered(stoa_reply token, const stoa_answer& answer) override;
  void destroyed() override { destroyed_ = true; }

  plugin::FileDescriptor bell_;  // an eventfd: something was posted, or this ends
  report::Mutex mutex_;
  Mail queue_ GUARDED_BY(mutex_);
  bool ending_ GUARDED_BY(mutex_) = false;
  bool asleep_ GUARDED_BY(mutex_) = false;
  std::atomic<pid_t> pid_ = 0;
  const stoa_host* host_ = nullptr;
  std::optional<remote::GuestProcess> process_;
  std::optional<remote::Link> link_;
  remote::Output output_;
  bool output_ended_ = false;

  Mail batch_;
  std::size_t next_ = 0;  // of the batch
  std::deque<Sent> sent_;
  plugin::CallMark mark_;  // what the guest handles
  TimePoint progress_{};   // when the guest handled something last, or was given something to do
  std::string wrong_;      // why it was killed

  std::function<bool()> given_up_;
  bool created_ = false;
  std::string refusal_;
  std::optional<int32_t> result_here_;
  bool destroyed_ = false;

  std::thread thread_;  // last: it uses all the others
};

}  // namespace stoa::routing
