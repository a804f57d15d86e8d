#include "remote/tryout.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string_view>

#include "remote/guest_process.h"
#include "remote/outgoing.h"
#include "remote/output.h"
#include "remote/record.h"
#include "remote/task.h"

namespace stoa::remote {

namespace {

using Clock = std::chrono::steady_clock;
using End = plugin::ChildResult::End;

constexpr std::size_t kLargest = std::size_t{4} << 20;  // that a description may be
constexpr std::size_t kMaxSaid = 400;
constexpr std::chrono::milliseconds kLook{50};

// One guest, from its task to its only record.
class Tryout {
 public:
  Tryout(const std::filesystem::path& library, const Confinement& confinement,
         const std::vector<std::string>& environment)
      : process_(library, environment), channels_(process_.take_channels()) {
    Task task;
    task.confinement = confinement;
    task.describe = true;
    write(task_.buffer(), task);
  }

  plugin::ChildResult run(Clock::time_point end, const std::atomic<bool>* given_up) {
    bool lives = true;
    while (!result_ && lives && Clock::now() < end && !(given_up && *given_up)) lives = look(end);
    const bool in_time = result_ || !lives;
    process_.kill();
    const remote::End& ended = process_.wait();
    print();
    if (!result_) result_ = {.end = in_time ? End::kDied : End::kHung, .text = ended.text};
    result_->said = plugin::end_on_one_line(said_);
    return *std::move(result_);
  }

 private:
  // False once it has ended.
  bool look(Clock::time_point end) {
    const bool writes = task_.size() > 0;
    std::array<pollfd, 4> all{{{channels_.calls.number(), POLLIN, 0},
                               {process_.pidfd(), POLLIN, 0},
                               {printed_ ? -1 : process_.output(), POLLIN, 0},
                               {writes ? channels_.events.number() : -1, POLLOUT, 0}}};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
    const auto patience = std::clamp(left, std::chrono::milliseconds(0), kLook);
    ::poll(all.data(), all.size(), static_cast<int>(patience.count()));
    if (writes && !task_.write(channels_.events.number())) return false;
    if (all[2].revents != 0) print();
    if (all[0].revents != 0 && !hear()) return false;
    return all[1].revents == 0;
  }

  void print() {
    printed_ = printed_ || !output_.read(process_.output(), [this](std::string_view line) {
      said_ += '\n';
      said_ += line;
      if (said_.size() > kMaxSaid) said_.erase(0, said_.size() - kMaxSaid);
    });
  }

  // False if it says no more.
  bool hear() {
    std::array<char, 64 * 1024> chunk;
    const ssize_t got = ::recv(channels_.calls.number(), chunk.data(), chunk.size(), MSG_DONTWAIT);
    if (got < 0) return errno == EINTR || errno == EAGAIN;
    if (got == 0) return false;
    heard_.append(chunk.data(), static_cast<std::size_t>(got));
    try {
      std::string_view left = heard_;
      if (const auto record = next_record(left, kLargest)) take(*record);
    } catch (const Nonsense&) {
      result_ = {.end = End::kReturned, .text = {}};  // which is no description
    }
    return true;
  }

  void take(const Record& record) {
    Reader from(record);
    const bool good = from.number<int32_t>() == STOA_OK;
    const std::string text(from.view());
    from.end();
    if (record.kind != Kind::kCreated) throw Nonsense("it was to say what its plugin is");
    result_ = {.end = good ? End::kReturned : End::kThrew, .text = text};
  }

  GuestProcess process_;
  Channels channels_;
  Outgoing task_;
  Output output_;
  bool printed_ = false;  // all that it will
  std::string said_;
  std::string heard_;
  std::optional<plugin::ChildResult> result_;
};

}  // namespace

plugin::ChildResult try_out(const std::filesystem::path& library, const Confinement& confinement,
                            const std::vector<std::string>& environment,
                            std::chrono::milliseconds deadline, const std::atomic<bool>* given_up) {
  const auto end = Clock::now() + deadline;
  return Tryout(library, confinement, environment).run(end, given_up);
}

}  // namespace stoa::remote
