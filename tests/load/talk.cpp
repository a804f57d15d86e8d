#include "talk.h"

#include <utility>

#include "numbers.h"

namespace stoa::load {
namespace {

constexpr std::chrono::milliseconds kPause{10};  // between two numbers of a connection
constexpr uint64_t kUnderWay = 4;                // numbers of one connection
constexpr uint64_t kStay = 20;                   // answers, of one who comes and goes
constexpr uint64_t kWordEvery = 10;              // numbers

}  // namespace

Talk::Talk(std::size_t connections) : lines_(connections) {}

std::string Talk::room_of(std::size_t index) {
  return "room" + std::to_string(index / kNamespaces.size() % 8);
}

std::vector<bench::Step> Talk::opening_of(std::size_t index) {
  return bench::opening(bench::Dialect::kNeffos, kNamespaces[ns_of(index)], {room_of(index)});
}

// Sent so, and answered in the very same words.
std::string Talk::numbered(std::size_t index, uint64_t number) {
  const std::string token = number % 2 == 0 ? "$" + std::to_string(kFirstToken + number) : "";
  return token + ";" + kNamespaces[ns_of(index)] + ";;seq;0;0;" + std::to_string(number);
}

void Talk::go_on(const std::vector<bench::Connection*>& connections, bool last) {
  const Clock::time_point now = Clock::now();
  for (bench::Connection* const connection : connections) {
    Line& line = lines_[connection->index()];
    const bool may = connection->open() && !last && !leaves(connection->index());
    if (!may || now < line.due || line.next - line.awaited >= kUnderWay) continue;
    say(*connection, line);
    line.due = now + kPause;
  }
}

void Talk::say(bench::Connection& connection, Line& line) {
  const std::size_t index = connection.index();
  frames_.clear();
  bench::append_masked(frames_, bench::Opcode::kText, numbered(index, line.next));
  if (stays(index) && line.next % kWordEvery == 0) {
    const std::string word = std::to_string(index) + " " + std::to_string(++line.words);
    bench::append_masked(
        frames_, bench::Opcode::kText,
        std::string(";") + kNamespaces[ns_of(index)] + ";" + room_of(index) + ";say;0;0;" + word);
  }
  ++line.next;
  line.sent.push_back(Clock::now());
  connection.send(frames_);
}

void Talk::heard(bench::Connection& connection, std::string_view message) {
  const std::size_t index = connection.index();
  Line& line = lines_[index];
  if (is_word(message)) return heard_word(index, line, message);
  if (line.sent.empty() || message != numbered(index, line.awaited)) {
    return mistakes_[ns_of(index)].add("connection " + std::to_string(index) + " awaits " +
                                       numbered(index, line.awaited) + " and hears " +
                                       std::string(message));
  }
  const auto took = Clock::now() - line.sent.front();
  if (ns_of(index) != 0 && line.awaited % 2 == 0) {
    round_trips_.push_back(std::chrono::duration<double>(took).count());
  }
  line.sent.pop_front();
  ++line.awaited;
  ++answers_;
}

// Who came in meanwhile begins with any number.
void Talk::heard_word(std::size_t index, Line& line, std::string_view word) {
  const auto [speaker, number] = word_of(word);
  const auto who = static_cast<std::size_t>(speaker);
  const bool first = !line.words_heard.contains(who) && !stays(index);
  uint64_t& last = line.words_heard[who];
  if (!first && number != last + 1) {
    mistakes_[ns_of(index)].add("connection " + std::to_string(index) + " heard word " +
                                std::to_string(last) + " of its room, and then " +
                                std::string(word));
  }
  last = number;
  ++words_heard_;
}

bool Talk::leaves(std::size_t index) const {
  return !stays(index) && lines_[index].awaited > kStay;
}

void Talk::replaced(std::size_t index) {
  lines_[index] = {};
}

uint64_t Talk::missing() const {
  uint64_t count = 0;
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    if (!stays(i)) continue;
    count += lines_[i].next - lines_[i].awaited;
    for (std::size_t k = i % kNamespaces.size(); k < lines_.size(); k += kNamespaces.size()) {
      if (!stays(k) || room_of(k) != room_of(i)) continue;
      const auto heard = lines_[k].words_heard.find(i);
      count += lines_[i].words - (heard == lines_[k].words_heard.end() ? 0 : heard->second);
    }
  }
  return count;
}

bool Talk::complete() const {
  return missing() == 0;
}

std::vector<double> Talk::take_round_trips() {
  return std::exchange(round_trips_, {});
}

}  // namespace stoa::load
