#include "routing/asks.h"

#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "routing/router.h"
#include "routing/shard.h"

namespace stoa::routing {
namespace {

// Reads "1.2.3" into as many numbers as the array has; nothing else may be there.
template <std::size_t N>
std::optional<std::array<uint64_t, N>> read_numbers(std::string_view text) {
  std::array<uint64_t, N> numbers{};
  for (std::size_t i = 0; i < N; ++i) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), numbers[i]);
    if (error != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (i + 1 == N) break;
    if (text.empty() || text.front() != '.') return std::nullopt;
    text.remove_prefix(1);
  }
  if (!text.empty()) return std::nullopt;
  return numbers;
}

AskResult result_of(const Connection& connection, const wire::Message& message, bool binary) {
  return {.status = message.is_error ? STOA_ERR_REMOTE : STOA_OK,
          .connection = connection.handle(),
          .binary = binary,
          .body = std::string(message.body)};
}

}  // namespace

bool Asks::full() const noexcept {
  return asks_.size() + groups_.size() >= Limits::kMaxAsks;
}

void Asks::ask(Connection& connection, Flow flow, wire::Message message, bool binary,
               std::chrono::milliseconds timeout, Then then) {
  const uint64_t number = ++last_;
  const uint64_t handle = connection.handle();
  const std::string wait = "s" + std::to_string(worker_) + "." + std::to_string(number);
  const auto deadline = shard_.deadlines().add(shard_.now() + timeout, [this, number, handle] {
    const auto late = asks_.extract(number);
    if (Connection* asked = shard_.find(handle)) std::erase(asked->asks, number);
    late.mapped().then({.status = STOA_ERR_TIMEOUT, .connection = handle});
  });
  asks_.emplace(number, Ask{handle, deadline, std::move(then)});
  connection.asks.push_back(number);
  message.wait = wait;
  shard_.delivery().say(
      connection, flow,
      wire::Frame::of(binary ? wire::Opcode::kBinary : wire::Opcode::kText, message));
}

uint64_t Asks::draw_number() {
  uint64_t number = 0;
  do {
    number = static_cast<uint64_t>(draw_()) << 32 | draw_();
  } while (groups_.contains(number));
  return number;
}

void Asks::finish(uint64_t number, const AskResult& result) {
  const auto ask = asks_.extract(number);
  shard_.deadlines().remove(ask.mapped().deadline);
  if (Connection* asked = shard_.find(result.connection)) std::erase(asked->asks, number);
  ask.mapped().then(result);
}

void Asks::ask_group(const Audience& audience, wire::Message message, bool binary, uint32_t mode,
                     std::chrono::milliseconds timeout, Then then) {
  const uint64_t number = draw_number();
  const std::string wait = "g" + std::to_string(worker_) + "." +
                           std::to_string(audience.ns->index()) + "." + std::to_string(number);
  const auto deadline = shard_.deadlines().add(
      shard_.now() + timeout, [this, number] { end_group(number, STOA_ERR_TIMEOUT); });
  const auto& shards = shard_.router().shards();
  groups_.emplace(number, Group{.mode = mode,
                                .room = std::string(audience.room),
                                .deadline = deadline,
                                .then = std::move(then),
                                .shards_to_count = shards.size(),
                                .answered = {}});
  message.wait = wait;
  const wire::Frame frame =
      wire::Frame::of(binary ? wire::Opcode::kBinary : wire::Opcode::kText, message);
  shard_.router().deliver_everywhere(
      audience, frame, [number, home = worker_](Shard& there, std::size_t asked) {
        there.router().shard(home).run_or_post(
            [number, asked](Shard& shard) { shard.asks().count_group(number, asked); });
      });
}

bool Asks::answered(Connection& connection, const wire::Message& message, bool binary) {
  const std::string_view wait = message.wait;
  if (wait.starts_with('s')) {
    const auto numbers = read_numbers<2>(wait.substr(1));
    if (!numbers || (*numbers)[0] != worker_) return false;
    const auto ask = asks_.find((*numbers)[1]);
    if (ask == asks_.end() || ask->second.connection != connection.handle()) return false;
    finish((*numbers)[1], result_of(connection, message, binary));
    return true;
  }
  if (!wait.starts_with('g')) return false;
  const auto numbers = read_numbers<3>(wait.substr(1));
  if (!numbers) return false;
  const auto& [home, ns, number] = *numbers;
  Router& router = shard_.router();
  if (home >= router.shards().size() || ns >= router.namespaces().size()) return false;
  const Membership* member = connection.membership(router.namespaces()[ns]->name());
  if (!member || !member->connected()) return false;
  if (!message.room.empty() && !member->room(message.room)) return false;
  router.shard(home).run_or_post([number = number, room = std::string(message.room),
                                  result = result_of(connection, message, binary)](Shard& shard) {
    shard.asks().answer_group(number, room, result);
  });
  return true;
}

void Asks::count_group(uint64_t number, std::size_t asked) {
  const auto group = groups_.find(number);
  if (group == groups_.end()) return;
  group->second.asked += asked;
  --group->second.shards_to_count;
  end_group_if_complete(number);
}

void Asks::answer_group(uint64_t number, std::string_view room, const AskResult& result) {
  const auto at = groups_.find(number);
  if (at == groups_.end() || at->second.room != room ||
      !at->second.answered.insert(result.connection).second) {
    shard_.counters().dropped_late.add();
    return;
  }
  if (at->second.mode == STOA_ASK_ANY) {
    const auto group = groups_.extract(at);
    shard_.deadlines().remove(group.mapped().deadline);
    group.mapped().then(result);
    return;
  }
  const Then then = at->second.then;
  then(result);
  end_group_if_complete(number);
}

void Asks::end_group_if_complete(uint64_t number) {
  const auto at = groups_.find(number);
  if (at == groups_.end()) return;
  const Group& group = at->second;
  if (group.shards_to_count != 0 || group.answered.size() < group.asked) return;
  shard_.deadlines().remove(group.deadline);
  end_group(number, group.asked == 0 ? STOA_ERR_NOT_FOUND : STOA_OK);
}

void Asks::end_group(uint64_t number, int32_t status) {
  const auto group = groups_.extract(number);
  group.mapped().then({.status = status, .last = true});
}

void Asks::forget(Connection& connection) {
  for (const uint64_t number : std::exchange(connection.asks, {})) {
    finish(number, {.status = STOA_ERR_CLOSED,
                    .connection = connection.handle(),
                    .body = std::string(wire::kWriteClosed)});
  }
}

}  // namespace stoa::routing
