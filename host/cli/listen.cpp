#include "cli/listen.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <utility>

#include "cli/event_printer.h"
#include "cli/stop_signals.h"

namespace stoa::cli {
namespace {

constexpr std::chrono::seconds kFarewell{5};

// An exit code from the client's thread, for which ours waits. The first one counts.
class Verdict {
 public:
  Verdict() : descriptor_(eventfd(0, EFD_CLOEXEC)) {}
  ~Verdict() { close(descriptor_); }
  Verdict(const Verdict&) = delete;
  Verdict& operator=(const Verdict&) = delete;

  void pass(int code) {
    int none = kNone;
    if (!code_.compare_exchange_strong(none, code)) return;
    const uint64_t one = 1;
    static_cast<void>(!write(descriptor_, &one, sizeof one));
  }
  [[nodiscard]] bool passed() const { return code_ != kNone; }
  [[nodiscard]] int code() const { return code_; }
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  static constexpr int kNone = -1;
  int descriptor_;
  std::atomic<int> code_ = kNone;
};

// Prints on the client's thread: a slow reader of the output slows the server down, and nothing
// piles up in between.
class Printer {
 public:
  Printer(const ListenOptions& options, std::ostream& out, Verdict& verdict)
      : options_(options), out_(out), verdict_(verdict) {}

  void print(const client::Message& message) {
    const bool lifecycle = message.event.substr(0, 3) == "_On" && !message.native;
    if (lifecycle || verdict_.passed()) return;
    print_event(options_, message, out_);
    if (!out_) {
      verdict_.pass(kOutputClosed);
    } else if (++printed_ == options_.count) {
      verdict_.pass(kDone);
    }
  }

 private:
  const ListenOptions& options_;
  std::ostream& out_;
  Verdict& verdict_;
  uint64_t printed_ = 0;
};

int wait(const StopSignals& signals, Verdict& verdict) {
  std::array<pollfd, 2> set{{{signals.descriptor(), POLLIN, 0}, {verdict.descriptor(), POLLIN, 0}}};
  while (poll(set.data(), set.size(), -1) < 0) {
  }
  if (!verdict.passed()) verdict.pass(kDone);
  return verdict.code();
}

}  // namespace

int run_listen(const ListenOptions& options, std::ostream& out, std::ostream& err) {
  StopSignals signals;
  Verdict verdict;
  Printer printer(options, out, verdict);
  client::Options client_options;
  if (const int code = prepare(options.entrance, client_options, err); code != kDone) return code;
  client_options.on_close = [&](client::Client&, const client::Closed&) {
    verdict.pass(kServerClosed);
  };
  const auto print = [&](client::Client&, const client::Message& message) {
    printer.print(message);
  };
  client_options.namespaces[options.entrance.ns].on(client::kAnyEvent, print);

  client::Client client(std::move(client_options));
  signals.let_through();  // nothing has to be brought to an end yet
  if (const int code = enter(client, options.entrance, err); code != kDone) return code;
  signals.hold();
  const int code = wait(signals, verdict);
  signals.release();
  if (code == kServerClosed) tell_how_it_closed(client.closed(), err);
  client.close();
  client.wait_closed(kFarewell);
  return code;
}

}  // namespace stoa::cli
