#include "faults.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>

#include "chorus.h"
#include "cli/control_client.h"
#include "kit/client.h"

namespace stoa::load {
namespace {

using std::chrono::milliseconds;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// A sanitizer ends a process in its own ways, and allocates beyond any limit.
constexpr bool kJudgesTrouble = false;
#else
constexpr bool kJudgesTrouble = true;
#endif

#ifdef __SANITIZE_THREAD__
constexpr bool kDoubleFreeFails = false;
#else
constexpr bool kDoubleFreeFails = true;
#endif

// As the manifest below says.
constexpr milliseconds kWindow{1'000};
constexpr milliseconds kFirstDelay{100};
constexpr milliseconds kLongestDelay{30'000};
// So much later a failure may be seen here than there.
constexpr milliseconds kSlack{50};
constexpr milliseconds kLook{5};

}  // namespace

// The namespace, as one of its members sees it.
class Faults::Victim {
 public:
  explicit Victim(const kit::Server& server) : client_(server.url()) {
    client_.declare(kFailing);
    place_.emplace(client_.connect(kFailing));
  }
  // What it answers.
  std::string ask(const char* event, const char* body = "") {
    return place_->try_ask(event, body).body;
  }
  // Was it told of anything but that it came in?
  [[nodiscard]] bool disturbed() { return client_.events().story(kFailing).size() > 2; }

 private:
  kit::Client client_;
  std::optional<kit::Place> place_;
};

bool Faults::can_limit_threads() {
  return ::geteuid() == 0;
}

const std::vector<Fault>& Faults::kinds() {
  static const std::vector<Fault> kAll = [] {
    std::vector<Fault> all = {{"kill -9", "SIGKILL", SIGKILL},
                              {"SIGSTOP", "did not return", SIGSTOP},
                              {"stop", "did not return"},
                              {"abort", "SIGABRT"},
                              {"exit", "exit code 0"},
                              {"segv", "SIGSEGV"},
                              {"overflow", "SIGSEGV"},
                              {"loop", "did not return"},
                              {"leak", "SIGABRT", 0, "did not return"},
                              {"descriptors", "SIGABRT"},
                              {"garbage", "what no plugin says"},
                              {"deaf", "SIGKILL"}};
    if (kDoubleFreeFails) all.push_back({"double free", "SIGABRT"});
    if (can_limit_threads()) all.push_back({"threads", "SIGABRT"});
    return all;
  }();
  return kAll;
}

// What fails comes back soon, because only the failures of the last second count; and a handler is
// stuck soon, but not before a leak has reached its limit.
kit::Manifest Faults::manifest(uint32_t workers) {
  std::string rest =
      "stuck_callback_ms = 1000\n"
      "[log]\nlevel = \"error\"\n[control]\nsocket = \"control.sock\"\n";
  for (const char* const ns : kOthers) {
    rest += std::string("[namespace.") + ns + "]\nplugin = \"mover_1\"\nrun = \"" + ns + "\"\n";
  }
  rest += std::string("[namespace.") + kFailing + "]\nplugin = \"faulty_1\"\nrun = \"process\"\n" +
          "[namespace." + kFailing +
          ".process]\n"
          "memory_bytes = 134217728\nopen_files = 64\n"
          "max_crashes = 1000\ncrash_window_ms = " +
          std::to_string(kWindow.count()) + "\n";
  if (can_limit_threads()) rest += "user = \"nobody\"\nthreads = 12\n";
  return {.workers = workers, .server = {}, .rest = rest, .plugins = kit::fixture_plugins()};
}

void Faults::start() {
  thread_ = std::thread([this] { run(); });
}

// A sample when each has happened once, which is all that is ever there, and after as many again.
void Faults::run() {
  Victim victim(server_);
  const std::vector<Fault>& all = kinds();
  for (unsigned i = 1; i <= options_.count && failures_.size() < 10; ++i) {
    befall(all[(i - 1) % all.size()], victim);
    if (i % all.size() == 0 || i == options_.count) sample(i);
  }
  const Json last = version();
  if (!last.is_null() && last.at("failures") != done_) {
    failures_.push_back("The server counts " + last.at("failures").dump() + " failures.");
  }
  if (victim.disturbed()) failures_.emplace_back("A member was told of the failures.");
  over_ = true;
}

void Faults::befall(const Fault& fault, Victim& victim) {
  const Json before = version();
  if (before.is_null()) return;
  cause(fault, victim, before.at("pid").get<pid_t>());
  const auto failures = before.at("failures").get<uint64_t>() + 1;
  const auto has_failed = [&](const Json& now) { return now.at("failures") >= failures; };
  const auto failed = wait_for(has_failed);
  if (!failed) return complain(fault, "is not noticed");
  const auto noticed = Clock::now();
  if (failed->at("failures") != failures) complain(fault, "counts more than once");
  const std::string trouble = failed->at("trouble");
  const bool said = trouble.find(fault.trouble) != std::string::npos;
  const bool said_late = *fault.late && trouble.find(fault.late) != std::string::npos;
  if (kJudgesTrouble && !said && !said_late) {
    complain(fault, "is said to be: " + trouble);
  }
  const milliseconds due = backoff(noticed);
  if (!is_back(victim)) return complain(fault, "is the end of the namespace");
  delays_[fault.name].push_back(
      std::chrono::duration<double>(Clock::now() - noticed - due).count());
  ++done_;
}

void Faults::cause(const Fault& fault, Victim& victim, pid_t pid) {
  if (fault.signal != 0) {
    if (::kill(pid, fault.signal) != 0) complain(fault, "meets nobody");
    return;
  }
  const std::string answer = victim.ask("fault", fault.name);
  if (answer != "handler unavailable") complain(fault, "is answered: " + answer);
}

// What the server may wait from then on, at most: it sees failures a little earlier.
milliseconds Faults::backoff(Clock::time_point failed) {
  recent_.push_back(failed);
  while (recent_.front() < failed - kWindow - kSlack) recent_.pop_front();
  milliseconds delay = kFirstDelay;
  for (std::size_t i = 1; i < recent_.size() && delay < kLongestDelay; ++i) delay *= 2;
  return std::min(delay, kLongestDelay);
}

bool Faults::is_back(Victim& victim) {
  const auto deadline = Clock::now() + kLongestDelay + kit::kPatience;
  while (victim.ask("version") != "1.0.0") {
    if (Clock::now() > deadline) return false;
    std::this_thread::sleep_for(kLook);
  }
  return true;
}

void Faults::sample(unsigned faults) {
  const auto is_alone = [](const Json& now) { return now.at("state") == "serving"; };
  if (!wait_for(is_alone)) failures_.emplace_back("The namespace does not come to rest.");
  FaultSample taken{.faults = faults};
  // What the question just answered took goes away a little later.
  taken.footprint = least_footprint_of(server_.pid(), milliseconds(500));
  taken.shared_mappings = shared_mappings_of(server_.pid());
  for (const Child& child : children_of(server_.pid())) {
    ++(child.zombie ? taken.zombies : taken.children);
  }
  samples_.push_back(taken);
}

Faults::Json Faults::version() {
  const auto outcome =
      cli::ask_server(server_.folder().path() / "control.sock", {{"command", "status"}},
                      std::chrono::seconds(60), [](std::string_view) {});
  if (outcome.end != cli::ControlOutcome::End::kAnswered) {
    failures_.push_back(outcome.error);
    return nullptr;
  }
  for (const Json& ns : outcome.result.at("namespaces")) {
    if (ns.at("name") != kFailing) continue;
    Json named = ns.at("versions").front();
    if (ns.at("versions").size() > 1) named["state"] = "not alone";
    return named;
  }
  return nullptr;
}

// The version once it is so; nothing if it does not become so.
std::optional<Faults::Json> Faults::wait_for(const std::function<bool(const Json&)>& is_so) {
  const auto deadline = Clock::now() + kit::kPatience;
  do {
    const Json now = version();
    if (!now.is_null() && is_so(now)) return now;
    std::this_thread::sleep_for(kLook);
  } while (Clock::now() < deadline);
  return std::nullopt;
}

void Faults::complain(const Fault& fault, const std::string& what) {
  failures_.push_back("\"" + std::string(fault.name) + "\" " + what);
}

}  // namespace stoa::load
