// Connections that are in all namespaces at once, one of which fails again and again.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "bench/load/swarm.h"
#include "judgement.h"

namespace stoa::load {

using bench::Clock;

// What fails, of the plugin faulty; and what must not notice it, of the plugin mover: named by
// where they run.
inline constexpr const char* kFailing = "failing";
inline constexpr std::array<const char*, 3> kOthers = {"loop", "thread", "process"};

// One thread. In each of the others a connection says numbers, odd ones as messages, even ones as
// asks, some of them also as words to its room: each must come back in turn, the room's from all
// who are in it. Of the one that fails it asks the version: each ask must be answered once, with
// that or with "handler unavailable".
class Chorus : public bench::Conversation {
 public:
  explicit Chorus(std::size_t connections);

  [[nodiscard]] static std::vector<bench::Step> opening_of(std::size_t index);
  // What each connection may say now; `last`: nothing new is begun.
  void go_on(const std::vector<bench::Connection*>& connections, bool last);

  void heard(bench::Connection& connection, std::string_view message) override;

  // Of the others, by their place in kOthers.
  [[nodiscard]] const Mistakes& mistakes(std::size_t ns) const { return mistakes_[ns]; }
  [[nodiscard]] uint64_t answers() const { return answers_; }
  [[nodiscard]] uint64_t words() const { return words_heard_; }
  // Answers and words that did not come yet.
  [[nodiscard]] uint64_t missing() const;
  // How long their asks took, in seconds.
  [[nodiscard]] std::vector<double>& round_trips(std::size_t ns) { return round_trips_[ns]; }

  // Of the one that fails.
  [[nodiscard]] const Mistakes& mistakes_of_failing() const { return mistakes_of_failing_; }
  [[nodiscard]] uint64_t versions() const { return versions_; }
  [[nodiscard]] uint64_t unavailable() const { return unavailable_; }
  [[nodiscard]] uint64_t unanswered() const;

 private:
  // What a connection says in one of the others.
  struct Voice {
    uint64_t next = 1;                         // to be sent
    uint64_t awaited = 1;                      // the answer that must come next
    uint64_t words = 0;                        // said to the room
    std::deque<Clock::time_point> sent;        // of what is not answered
    std::map<uint64_t, uint64_t> words_heard;  // by who said them
  };
  struct Singer {
    std::array<Voice, kOthers.size()> voices;
    std::set<std::string, std::less<>> asked;  // of the one that fails, by their tokens
    uint64_t tokens = 0;
    Clock::time_point due;  // when it says more
  };

  static constexpr std::size_t kRoomSize = 10;

  [[nodiscard]] static std::string room_of(std::size_t index);
  [[nodiscard]] static std::string numbered(std::size_t ns, uint64_t number);
  void sing(std::size_t index, Singer& singer);
  void say(std::size_t index, std::size_t ns, Voice& voice);
  void ask_failing(Singer& singer);
  void heard_other(std::size_t index, std::size_t ns, std::string_view message);
  void heard_word(std::size_t index, std::size_t ns, std::string_view message);
  void heard_failing(std::size_t index, std::string_view message);

  std::vector<Singer> singers_;
  std::array<Mistakes, kOthers.size()> mistakes_;
  std::array<std::vector<double>, kOthers.size()> round_trips_;
  uint64_t answers_ = 0;
  uint64_t words_heard_ = 0;
  Mistakes mistakes_of_failing_;
  uint64_t versions_ = 0;
  uint64_t unavailable_ = 0;
  std::string frames_;
};

}  // namespace stoa::load
