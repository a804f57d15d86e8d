// Asks of the server that wait for clients' answers.
#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "routing/connection.h"
#include "routing/deadlines.h"
#include "routing/delivery.h"
#include "wire/message.h"

namespace stoa::routing {

class Shard;

// What came back. `status` is STOA_OK, REMOTE (`body` is the error's text), TIMEOUT, CLOSED or
// NOT_FOUND (there was nobody to ask).
struct AskResult {
  int32_t status = STOA_OK;
  uint64_t connection = 0;
  bool binary = false;
  bool last = false;
  std::string body;
};

// One shard's. Loop thread only.
//
// The wait field of an ask to one connection is "s<worker>.<number>", and only that connection can
// answer it. An ask to a room or a namespace is one frame for everybody, built once: its wait field
// is "g<worker>.<namespace>.<number>", and whoever got it may answer it once: the number is drawn,
// so that nobody else can name it. Answers that come on other workers are handed to the one that
// asked.
class Asks {
 public:
  using Then = std::function<void(const AskResult&)>;

  Asks(Shard& shard, uint8_t worker) : shard_(shard), worker_(worker) {}

  // Asks one connection in this flow; `then` runs exactly once, on this thread.
  void ask(Connection& connection, Flow flow, wire::Message message, bool binary,
           std::chrono::milliseconds timeout, Then then);

  // Asks an audience on all workers. Mode STOA_ASK_ANY: `then` runs once. STOA_ASK_ALL: once for
  // each answer, then once with `last`.
  void ask_group(const Audience& audience, wire::Message message, bool binary, uint32_t mode,
                 std::chrono::milliseconds timeout, Then then);

  // A message with a server's wait field came from `connection`. False if nobody waits for it.
  bool answered(Connection& connection, const wire::Message& message, bool binary);

  // The connection is gone: its asks end with CLOSED.
  void forget(Connection& connection);

  [[nodiscard]] bool full() const noexcept;

 private:
  struct Ask {
    uint64_t connection;
    Deadlines::Position deadline;
    Then then;
  };
  struct Group {
    uint32_t mode;
    std::string room;
    Deadlines::Position deadline;
    Then then;
    std::size_t shards_to_count;  // that have not said yet how many they asked
    std::size_t asked = 0;
    std::unordered_set<uint64_t> answered;
  };

  [[nodiscard]] uint64_t draw_number();
  void finish(uint64_t number, const AskResult& result);
  void count_group(uint64_t number, std::size_t asked);
  void answer_group(uint64_t number, std::string_view room, const AskResult& result);
  void end_group_if_complete(uint64_t number);
  void end_group(uint64_t number, int32_t status);

  Shard& shard_;
  const uint8_t worker_;
  uint64_t last_ = 0;
  std::random_device draw_;
  std::unordered_map<uint64_t, Ask> asks_;
  std::unordered_map<uint64_t, Group> groups_;
};

}  // namespace stoa::routing
