#include "remote/record.h"

#include <gtest/gtest.h>

#include "remote/calls.h"
#include "remote/events.h"
#include "remote/task.h"

namespace stoa::remote {
namespace {

std::string one(Kind kind, std::string_view payload) {
  std::string buffer;
  Writer to(buffer, kind);
  for (const char byte : payload) to.number(byte);
  return buffer;
}

std::string complete(std::string_view buffer) {
  return std::string(next_record(buffer, kMaxRecord).value().payload);
}

TEST(Records, ComeBackAsTheyWereWritten) {
  std::string buffer;
  {
    const stoa_bytes there{"x", 1};
    Writer(buffer, Kind::kReply)
        .number(int64_t{-7})
        .bytes("text")
        .optional(nullptr)
        .optional(&there);
  }
  std::string_view left = buffer;
  const Record record = next_record(left, kMaxRecord).value();
  EXPECT_EQ(record.kind, Kind::kReply);
  EXPECT_TRUE(left.empty());
  Reader from(record);
  EXPECT_EQ(from.number<int64_t>(), -7);
  EXPECT_EQ(from.view(), "text");
  EXPECT_FALSE(from.optional());
  EXPECT_EQ(from.optional()->size, 1u);
  EXPECT_NO_THROW(from.end());
}

TEST(Records, ArriveInPieces) {
  const std::string whole = one(Kind::kPost, "12345678");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    std::string_view piece = std::string_view(whole).substr(0, size);
    EXPECT_FALSE(next_record(piece, kMaxRecord)) << size;
  }
  EXPECT_EQ(complete(whole), "12345678");
}

TEST(Records, ThatAreTooLargeAreNonsenseBeforeTheyAreThere) {
  const std::string head("\x09\0\0\0\x05\0\0\0", 8);
  std::string_view nine = head;
  EXPECT_THROW((void)next_record(nine, 8), Nonsense);
  EXPECT_FALSE(next_record(nine, 9));
}

TEST(Records, ThatEndTooEarlyOrTooLateAreNonsense) {
  const std::string payload("\x03\0\0\0ab", 6);
  Reader cut({Kind::kLog, payload});
  EXPECT_THROW((void)cut.view(), Nonsense);
  Reader longer({Kind::kLog, payload});
  (void)longer.number<uint32_t>();
  EXPECT_THROW(longer.end(), Nonsense);
}

TEST(Records, ThatCountMoreThanTheyHoldAreNonsense) {
  const std::string payload("\x03\0\0\0abcdefgh", 12);
  Reader two({Kind::kFact, payload});
  EXPECT_THROW((void)two.count(4), Nonsense);
  Reader three({Kind::kFact, payload});
  EXPECT_EQ(three.count(2), 3u);
}

TEST(Records, CarryAWholeTask) {
  const Task task{.ns = "chat",
                  .version = "v2",
                  .config_json = R"({"token":"secret"})",
                  .confinement = {.user = User{.name = "ada", .uid = 1, .gid = 2, .groups = {2, 3}},
                                  .no_new_privileges = false,
                                  .seccomp = false,
                                  .network = false,
                                  .memory_bytes = 1,
                                  .cpu_seconds = 2,
                                  .open_files = 3,
                                  .threads = 4,
                                  .nice = 5,
                                  .core = true}};
  std::string buffer;
  write(buffer, task);
  std::string_view left = buffer;
  const Task read = read_task(next_record(left, kMaxRecord).value());
  std::string again;
  write(again, read);
  EXPECT_EQ(again, buffer);
  EXPECT_EQ(read.confinement.user->groups, (std::vector<uint32_t>{2, 3}));
  EXPECT_EQ(read.config_json, task.config_json);
}

TEST(Records, CarryAWholeEvent) {
  stoa_event event{};
  event.struct_size = sizeof event;
  event.kind = STOA_EVENT_IMPORT;
  event.flags = 1;
  event.by = 2;
  event.index = 3;
  event.status = -4;
  event.connection = 5;
  event.reply = 6;
  event.cookie = 7;
  event.room = {"room", 4};
  event.event = {"event", 5};
  event.body = {"body\0", 5};
  std::string buffer;
  write(buffer, event);
  std::string_view left = buffer;
  const stoa_event read = read_event(next_record(left, kMaxRecord).value());
  std::string again;
  write(again, read);
  EXPECT_EQ(again, buffer);
  EXPECT_EQ(read.struct_size, sizeof read);
  EXPECT_EQ(read.status, -4);
}

}  // namespace
}  // namespace stoa::remote
