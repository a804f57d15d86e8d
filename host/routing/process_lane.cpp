#include "routing/process_lane.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <span>
#include <system_error>
#include <utility>

#include "report/startup_error.h"
#include "routing/questions.h"
#include "routing/router.h"

namespace stoa::routing {
namespace {

using report::StartupError;
using std::chrono::milliseconds;

// What the link has not written yet may be so much before no more is passed on.
constexpr std::size_t kMuchUnsent = std::size_t{1} << 20;
// For a plugin's destroy(), and all that its process does after it.
constexpr milliseconds kGoodbye{5'000};
// How often is looked whether somebody still waits.
constexpr milliseconds kLook{50};

int until(TimePoint when) {
  const auto left = std::chrono::ceil<milliseconds>(when - Clock::now());
  return static_cast<int>(std::max<milliseconds::rep>(0, left.count()));
}

// A name for debuggers and `top`: at most 15 bytes.
void name_this_thread(const std::string& ns) {
  pthread_setname_np(pthread_self(), ("ns/" + ns).substr(0, 15).c_str());
}

// Where the system puts a core file is its own affair: core(5) tells how to read this.
std::string core_pattern() {
  std::string pattern;
  std::ifstream file("/proc/sys/kernel/core_pattern");
  std::getline(file, pattern);
  return ", core dumped by the pattern \"" + pattern + "\"";
}

std::string subject(Version& version) {
  const plugin::Description& plugin = version.library().description();
  return "namespace \"" + version.ns().name() + "\": plugin " + plugin.name + " " + plugin.version;
}

}  // namespace

remote::Confinement confinement_of(const std::string& ns, const manifest::Process& wanted) {
  remote::Confinement confinement{.user = std::nullopt,
                                  .no_new_privileges = wanted.no_new_privileges,
                                  .seccomp = wanted.seccomp,
                                  .network = wanted.network,
                                  .memory_bytes = wanted.memory_bytes,
                                  .cpu_seconds = wanted.cpu_seconds,
                                  .open_files = wanted.open_files,
                                  .threads = wanted.threads,
                                  .nice = static_cast<int32_t>(wanted.nice),
                                  .core = wanted.core};
  try {
    if (!wanted.user.empty()) confinement.user = remote::find_user(wanted.user);
    remote::check(confinement);
  } catch (const StartupError& error) {
    throw StartupError("namespace \"" + ns + "\": [namespace." + ns + ".process]: " + error.what());
  }
  return confinement;
}

ProcessLane::ProcessLane(Version& version)
    : Lane(version), bell_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (!bell_.open()) {
    throw StartupError("cannot make an event descriptor; raise the limit of open files");
  }
}

ProcessLane::~ProcessLane() {
  ProcessLane::end();
}

// --- Before it is shared --------------------------------------------------------------------

void ProcessLane::create(const stoa_host& host) {
  const remote::Confinement confinement = confinement_of(version_.ns().name(), version_.process());
  host_ = &host;
  process_.emplace(version_.library().copy(), version_.process().environment);
  pid_ = process_->pid();
  link_.emplace(process_->take_channels());
  link_->create({.ns = version_.ns().name(),
                 .version = version_.name(),
                 .config_json = version_.config_json(),
                 .confinement = confinement});
  if (wait_here([this] { return created_; }) && refusal_.empty()) return;
  const std::string why =
      refusal_.empty() ? subject(version_) + " does not start: " + epitaph() : refusal_;
  let_go();
  throw StartupError(why);
}

int32_t ProcessLane::handle_here(const stoa_event& event) {
  if (!link_) return STOA_ERR_FAILED;
  link_->send(event);
  sent_.push_back({.debt = {}, .kind = event.kind, .passed_on = true, .here = true});
  result_here_.reset();
  if (wait_here([this] { return result_here_.has_value(); })) return *result_here_;
  const std::string why = epitaph();
  static_cast<void>(Calls::answer_here(event.reply, {STOA_ANSWER_ERROR, 0, 0, why}));
  let_go();
  return STOA_ERR_FAILED;
}

// False if that does not come any more, or nobody waits for it.
template <class Done>
bool ProcessLane::wait_here(Done done) {
  while (!done()) {
    if ((given_up_ && given_up_()) || !link_->flush() ||
        !wait_and_hear(static_cast<int>(kLook.count()))) {
      return done();
    }
  }
  return true;
}

// --- Its thread -----------------------------------------------------------------------------

void ProcessLane::start() {
  // Its process may have passed the self-test and ended before that returned.
  if (!link_) throw StartupError(subject(version_) + " ended while it was tested");
  try {
    thread_ = std::thread([this] { work(); });
  } catch (const std::system_error&) {
    throw StartupError("namespace \"" + version_.ns().name() +
                       "\": the system has no thread for it: raise the limit (ulimit -u) or run it "
                       "on the loop");
  }
}

void ProcessLane::end() {
  {
    const report::MutexLock lock(mutex_);
    ending_ = true;
  }
  ::eventfd_write(bell_.number(), 1);
  if (thread_.joinable()) thread_.join();
  part();
}

void ProcessLane::put(const Letter& letter) {
  const report::MutexLock lock(mutex_);
  queue_.add(letter);
}

void ProcessLane::ring() {
  {
    const report::MutexLock lock(mutex_);
    if (!std::exchange(asleep_, false)) return;
  }
  ::eventfd_write(bell_.number(), 1);
}

void ProcessLane::work() {
  name_this_thread(version_.ns().name());
  LateRings rings;
  for (;;) {
    pass_on_all();
    if (is_over()) return part();
    // A guest that does not read any more may have said something before: that is heard.
    const bool reads = link_->flush();
    rings.keep_back(true);
    const bool lives = wait_and_hear(reads ? patience() : 0);
    rings.keep_back(false);
    rings.ring();
    if (!lives || !reads || is_stuck()) return fail();
  }
}

// Everything was handled, and nothing comes any more.
bool ProcessLane::is_over() {
  const report::MutexLock lock(mutex_);
  return ending_ && queue_.empty() && next_ == batch_.size() && sent_.empty();
}

void ProcessLane::pass_on_all() {
  while (link_->unsent() < kMuchUnsent) {
    if (next_ == batch_.size() && !take()) return;
    const Letter letter = batch_.at(next_);
    // Whether a timer was stopped meanwhile is known when all before it were handled.
    if (letter.timer != 0 && link_->in_flight() != 0) return;
    pass_on(letter);
    ++next_;
  }
}

bool ProcessLane::take() {
  batch_.clear();
  next_ = 0;
  const report::MutexLock lock(mutex_);
  batch_.swap(queue_);
  return !batch_.empty();
}

void ProcessLane::pass_on(const Letter& letter) {
  const bool beats = letter.timer == 0 || version_.beats(letter.timer, !letter.only_once);
  const bool passes = beats && !letter.is_marker() && !version_.ended();
  sent_.push_back({.debt = debt_of(letter),
                   .since = letter.since,
                   .kind = letter.event.kind,
                   .index = letter.event.index,
                   .binary = (letter.event.flags & STOA_EVENT_BINARY) != 0,
                   .passed_on = passes});
  if (!passes) return settle_unsent();
  if (link_->in_flight() == 0) begin_next(Clock::now());
  version_.lane_stats().calls.add();
  link_->send(letter.event);
}

// The guest has nothing before the first of `sent_`.
void ProcessLane::begin_next(TimePoint now) {
  progress_ = now;
  mark_.begin(sent_.front().kind, sent_.front().index);
}

// Those whose turn has come.
void ProcessLane::settle_unsent() {
  while (!sent_.empty() && !sent_.front().passed_on) {
    settle(sent_.front().debt, STOA_OK);
    sent_.pop_front();
  }
}

int ProcessLane::patience() const {
  return link_->in_flight() == 0 ? -1
                                 : until(progress_ + version_.router().limits().stuck_callback);
}

bool ProcessLane::is_stuck() {
  const auto bound = version_.router().limits().stuck_callback;
  if (link_->in_flight() == 0 || Clock::now() - progress_ < bound) return false;
  wrong_ = "its handler did not return for " + std::to_string(bound.count()) + " ms";
  return true;
}

// False: the process has ended, or must.
bool ProcessLane::wait_and_hear(int patience_ms) {
  const auto link = link_->descriptors();
  std::array<pollfd, 5> all{{{bell_.number(), POLLIN, 0},
                             link[0],
                             link[1],
                             {process_->pidfd(), POLLIN, 0},
                             {output_ended_ ? -1 : process_->output(), POLLIN, 0}}};
  {
    const report::MutexLock lock(mutex_);
    const bool idle = next_ == batch_.size();
    asleep_ = idle && queue_.empty();
    if (idle && !asleep_) patience_ms = 0;
  }
  ::poll(all.data(), all.size(), patience_ms);
  {
    const report::MutexLock lock(mutex_);
    asleep_ = false;
  }
  if (all[0].revents != 0) {
    eventfd_t rung = 0;
    ::eventfd_read(bell_.number(), &rung);
  }
  const bool said = all[1].revents != 0 || all[2].revents != 0;
  const bool ended = all[3].revents != 0;
  if (all[4].revents != 0) print();
  return (!(said || ended) || hear()) && !ended;
}

bool ProcessLane::hear() {
  try {
    return link_->receive(*this, *host_);
  } catch (const remote::Nonsense& nonsense) {
    wrong_ = std::string("it sent what no plugin says: ") + nonsense.what();
    return false;
  }
}

// What the plugin prints is a line in the log.
void ProcessLane::print() {
  const std::string pid = std::to_string(pid_);
  const report::Field fields[] = {{"namespace", version_.ns().name()}, {"pid", pid}};
  output_ended_ = !output_.read(process_->output(), [&](std::string_view line) {
    version_.router().log().info(version_.speaker(), line, std::span(fields));
  });
}

// --- What the guest says --------------------------------------------------------------------

void ProcessLane::created(int32_t result, std::string_view why) {
  created_ = true;
  if (result != STOA_OK) refusal_ = why;
}

void ProcessLane::handled(int32_t result) {
  const Sent sent = sent_.front();
  sent_.pop_front();
  if (sent.here) {
    result_here_ = result;
    return;
  }
  const TimePoint now = Clock::now();
  version_.lane_stats().waits.add(progress_ - sent.since);
  if (version_.timed()) version_.lane_stats().durations.add(now - progress_);
  mark_.end();
  settle(sent.debt, result);
  settle_unsent();
  if (!sent_.empty()) begin_next(now);
}

void ProcessLane::answered(stoa_reply token, const stoa_answer& answer) {
  const Said said{answer.kind,
                  answer.flags,
                  answer.code,
                  {answer.body.data ? answer.body.data : "", answer.body.size}};
  if (Calls::answer_here(token, said)) return;
  const bool is_now = !sent_.empty() && sent_.front().debt.reply == token && token != 0;
  if (!is_now) return static_cast<void>(host_->answer(host_, token, &answer));
  Sent& now = sent_.front();
  if (!may_answer(now.kind, now.binary, said)) {
    return version_.complain("answer", STOA_ERR_INVALID);
  }
  asker(token).inbox().put_answer(token, said);
  now.debt.reply = 0;
}

// --- Its end --------------------------------------------------------------------------------

// The instance is destroyed, and the process gone.
void ProcessLane::part() {
  if (!link_) return;
  link_->destroy();
  const TimePoint deadline = Clock::now() + kGoodbye;
  bool lives = link_->flush();
  while (!destroyed_ && lives && Clock::now() < deadline) {
    lives = wait_and_hear(until(deadline)) && link_->flush();
  }
  if (!destroyed_) {
    const bool late = lives;
    report_end("a plugin's process did not end as it should",
               late ? "its destroy() did not return in time" : epitaph());
  }
  let_go();
}

// Nobody told it to end.
void ProcessLane::fail() {
  const std::string why = epitaph();
  report_end("a plugin's process failed", why);
  let_go();
  version_.fail(why);
}

void ProcessLane::report_end(std::string_view what, std::string_view why) {
  const std::string pid = std::to_string(pid_);
  const report::Field fields[] = {{"namespace", version_.ns().name()},
                                  {"version", version_.name()},
                                  {"pid", pid},
                                  {"reason", why}};
  version_.router().log().error(version_.speaker(), what, std::span(fields));
}

// Why it ended, once it has; it is killed if it has not.
std::string ProcessLane::epitaph() {
  process_->kill();
  const remote::End& end = process_->wait();
  print();
  if (!wrong_.empty()) return wrong_;
  return "its process ended: " + end.text + (end.dumped_core ? core_pattern() : "");
}

void ProcessLane::let_go() {
  process_->kill();
  static_cast<void>(process_->wait());
  print();
  link_.reset();
  process_.reset();
  pid_ = 0;
  if (mark_.look()) mark_.end();
}

}  // namespace stoa::routing
