#include "chorus.h"

#include <algorithm>
#include <iterator>

#include "numbers.h"

namespace stoa::load {
namespace {

constexpr std::chrono::milliseconds kPause{100};  // of a connection, between two numbers
constexpr uint64_t kUnderWay = 4;                 // numbers of one connection in one namespace
constexpr uint64_t kWordEvery = 5;                // numbers
constexpr std::size_t kAskedAtOnce = 8;           // of the one that fails, by one connection

}  // namespace

Chorus::Chorus(std::size_t connections) : singers_(connections) {
  // Not all at the same moment.
  const Clock::time_point now = Clock::now();
  for (std::size_t i = 0; i < connections; ++i) {
    singers_[i].due = now + kPause * i / connections;
  }
}

std::string Chorus::room_of(std::size_t index) {
  return "room" + std::to_string(index / kRoomSize);
}

std::vector<bench::Step> Chorus::opening_of(std::size_t index) {
  std::vector<bench::Step> steps = bench::opening(bench::Dialect::kNeffos, kFailing, {});
  for (const char* const ns : kOthers) {
    const auto more = bench::opening(bench::Dialect::kNeffos, ns, {room_of(index)});
    std::copy(std::next(more.begin()), more.end(), std::back_inserter(steps));
  }
  return steps;
}

// Sent so, and answered in the very same words.
std::string Chorus::numbered(std::size_t ns, uint64_t number) {
  const std::string token = number % 2 == 0 ? "$" + std::to_string(kFirstToken + number) : "";
  return token + ";" + kOthers[ns] + ";;seq;0;0;" + std::to_string(number);
}

void Chorus::go_on(const std::vector<bench::Connection*>& connections, bool last) {
  const Clock::time_point now = Clock::now();
  for (bench::Connection* const connection : connections) {
    Singer& singer = singers_[connection->index()];
    if (!connection->open() || last || now < singer.due) continue;
    sing(connection->index(), singer);
    if (!frames_.empty()) connection->send(frames_);
    singer.due = now + kPause;
  }
}

void Chorus::sing(std::size_t index, Singer& singer) {
  frames_.clear();
  for (std::size_t ns = 0; ns < kOthers.size(); ++ns) say(index, ns, singer.voices[ns]);
  if (singer.asked.size() < kAskedAtOnce) ask_failing(singer);
}

void Chorus::say(std::size_t index, std::size_t ns, Voice& voice) {
  if (voice.next - voice.awaited >= kUnderWay) return;
  bench::append_masked(frames_, bench::Opcode::kText, numbered(ns, voice.next));
  if (voice.next % kWordEvery == 0) {
    const std::string word = std::to_string(index) + " " + std::to_string(++voice.words);
    bench::append_masked(
        frames_, bench::Opcode::kText,
        std::string(";") + kOthers[ns] + ";" + room_of(index) + ";say;0;0;" + word);
  }
  ++voice.next;
  voice.sent.push_back(Clock::now());
}

void Chorus::ask_failing(Singer& singer) {
  const std::string token = "$" + std::to_string(kFirstToken + singer.tokens++);
  bench::append_masked(frames_, bench::Opcode::kText, token + ";" + kFailing + ";;version;0;0;");
  singer.asked.insert(token);
}

void Chorus::heard(bench::Connection& connection, std::string_view message) {
  const std::size_t index = connection.index();
  for (std::size_t ns = 0; ns < kOthers.size(); ++ns) {
    const std::string mark = std::string(";") + kOthers[ns] + ";";
    if (message.find(mark) != std::string_view::npos) return heard_other(index, ns, message);
  }
  heard_failing(index, message);
}

void Chorus::heard_other(std::size_t index, std::size_t ns, std::string_view message) {
  if (is_word(message)) return heard_word(index, ns, message);
  Voice& voice = singers_[index].voices[ns];
  if (voice.sent.empty() || message != numbered(ns, voice.awaited)) {
    return mistakes_[ns].add("connection " + std::to_string(index) + " awaits " +
                             numbered(ns, voice.awaited) + " and hears " + std::string(message));
  }
  const auto took = Clock::now() - voice.sent.front();
  round_trips_[ns].push_back(std::chrono::duration<double>(took).count());
  voice.sent.pop_front();
  ++voice.awaited;
  ++answers_;
}

void Chorus::heard_word(std::size_t index, std::size_t ns, std::string_view message) {
  const auto [who, number] = word_of(message);
  uint64_t& last = singers_[index].voices[ns].words_heard[who];
  if (number != last + 1) {
    mistakes_[ns].add("connection " + std::to_string(index) + " heard word " +
                      std::to_string(last) + " of its room, and then " + std::string(message));
  }
  last = number;
  ++words_heard_;
}

void Chorus::heard_failing(std::size_t index, std::string_view message) {
  auto& asked = singers_[index].asked;
  const auto ask = asked.find(message.substr(0, message.find(';')));
  const bool known = ask != asked.end();
  const bool version = message.ends_with(";version;0;0;1.0.0");
  const bool unavailable = message.ends_with(";version;1;0;handler unavailable");
  if (!known || (!version && !unavailable)) {
    return mistakes_of_failing_.add("connection " + std::to_string(index) + " hears " +
                                    std::string(message));
  }
  asked.erase(ask);
  ++(version ? versions_ : unavailable_);
}

uint64_t Chorus::missing() const {
  uint64_t count = 0;
  for (std::size_t i = 0; i < singers_.size(); ++i) {
    const std::size_t first = i / kRoomSize * kRoomSize;
    for (std::size_t ns = 0; ns < kOthers.size(); ++ns) {
      const Voice& voice = singers_[i].voices[ns];
      count += voice.next - voice.awaited;
      for (std::size_t k = first; k < std::min(first + kRoomSize, singers_.size()); ++k) {
        const auto& heard = singers_[k].voices[ns].words_heard;
        const auto of_this = heard.find(i);
        count += voice.words - (of_this == heard.end() ? 0 : of_this->second);
      }
    }
  }
  return count;
}

uint64_t Chorus::unanswered() const {
  uint64_t count = 0;
  for (const Singer& singer : singers_) count += singer.asked.size();
  return count;
}

}  // namespace stoa::load
