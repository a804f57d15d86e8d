// What the connections say, and what they must hear: every number once and in turn.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "bench/load/swarm.h"
#include "judgement.h"

namespace stoa::load {

using bench::Clock;

// The namespaces, of the plugin mover. The first is the one that is reloaded.
inline constexpr std::array<const char*, 3> kNamespaces = {"changing", "calm1", "calm2"};

// One thread. Each connection numbers what it sends: odd numbers as messages, even ones as asks,
// some of them also as words to its room. mover answers a number that is not one more than the last
// with an error; an answer that is not the next one is a fault of its own.
//
// One in five comes and goes: after some answers it hangs up and comes back. The others stay.
class Talk : public bench::Conversation {
 public:
  explicit Talk(std::size_t connections);

  [[nodiscard]] static std::vector<bench::Step> opening_of(std::size_t index);
  // What each connection may say now; `last`: nothing new is begun.
  void go_on(const std::vector<bench::Connection*>& connections, bool last);
  // Is this one through with its stay, and to be replaced?
  [[nodiscard]] bool leaves(std::size_t index) const;
  // The connection begins anew.
  void replaced(std::size_t index);
  // Is everything answered, and has everybody heard every word of those who stay?
  [[nodiscard]] bool complete() const;

  void heard(bench::Connection& connection, std::string_view message) override;

  [[nodiscard]] uint64_t answers() const { return answers_; }
  [[nodiscard]] uint64_t words() const { return words_heard_; }
  // Wrong answers, of each namespace.
  [[nodiscard]] const Mistakes& mistakes(std::size_t ns) const { return mistakes_[ns]; }
  // How many answers and words are missing now. Of those who stay.
  [[nodiscard]] uint64_t missing() const;
  // How long asks of the calm namespaces took since the last call, in seconds.
  [[nodiscard]] std::vector<double> take_round_trips();

 private:
  struct Line {
    uint64_t next = 1;                            // to be sent
    uint64_t awaited = 1;                         // the answer that must come next
    uint64_t words = 0;                           // said to the room
    Clock::time_point due;                        // of the next number
    std::deque<Clock::time_point> sent;           // of what is not answered
    std::map<std::size_t, uint64_t> words_heard;  // by who said them
  };

  [[nodiscard]] static bool stays(std::size_t index) { return index % 5 != 4; }
  [[nodiscard]] static std::size_t ns_of(std::size_t index) { return index % kNamespaces.size(); }
  [[nodiscard]] static std::string room_of(std::size_t index);
  [[nodiscard]] static std::string numbered(std::size_t index, uint64_t number);
  void say(bench::Connection& connection, Line& line);
  void heard_word(std::size_t index, Line& line, std::string_view word);

  std::vector<Line> lines_;
  std::array<Mistakes, kNamespaces.size()> mistakes_;
  uint64_t answers_ = 0;
  uint64_t words_heard_ = 0;
  std::vector<double> round_trips_;
  std::string frames_;
};

}  // namespace stoa::load
