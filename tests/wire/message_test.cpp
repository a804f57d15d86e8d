#include "wire/message.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace stoa::wire {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

std::string written(const Message& message) {
  std::string out;
  append(out, message);
  return out;
}

std::optional<Message> read(std::string_view frame) {
  static Unescaped scratch;
  return parse(frame, scratch);
}

TEST(Message, ComesBackAsItWasWritten) {
  const std::vector<Message> messages = {
      {},
      {.ns = "chat", .event = "message", .body = "hello"},
      {.wait = "$1", .ns = "a;b", .room = ";;", .event = ";e;", .body = ";;;;;;;;"},
      {.wait = "#7", .ns = "n", .event = "e", .is_error = true, .body = "no; not today"},
      {.ns = "n", .event = "e", .is_noop = true},
      {.ns = "@", .room = "@%!", .event = "@%!semicolon@%", .body = "@%!semicolon@%!"},
      {.ns = "καφέ", .room = "ρ", .event = "γεια", .body = "✓"},
      {.ns = "a\0b"sv, .event = "\r\n", .body = "\0\xff\xfe;\x80"sv},
  };
  for (const Message& message : messages) {
    const std::string frame = written(message);
    EXPECT_EQ(read(frame), message) << frame;
    EXPECT_EQ(frame.size(), encoded_size(message)) << frame;
  }
}

TEST(Message, BodyKeepsEveryByte) {
  std::string body;
  for (int byte = 0; byte < 256; ++byte) body.push_back(static_cast<char>(byte));
  const std::string frame = written({.ns = "n", .event = "e", .body = body});
  EXPECT_EQ(read(frame)->body, body);
}

TEST(Message, FieldsBorrowFromTheFrameUnlessTheyWereEscaped) {
  const std::string frame = ";chat;a@%!semicolon@%!b;say;0;0;x";
  Unescaped scratch;
  const Message message = parse(frame, scratch).value();
  EXPECT_EQ(message.ns.data(), frame.data() + 1);
  EXPECT_EQ(message.event, "say");
  EXPECT_EQ(message.room, "a;b");
  EXPECT_EQ(message.room.data(), scratch.room.data());
}

TEST(Message, ScratchOfAnEarlierFrameLeavesNothingBehind) {
  Unescaped scratch;
  ASSERT_TRUE(parse(";long@%!semicolon@%!name;r@%!semicolon@%!;e@%!semicolon@%!;0;0;", scratch));
  const Message message = parse(";@%!semicolon@%!;r;e;0;0;", scratch).value();
  EXPECT_EQ(message.ns, ";");
  EXPECT_EQ(message.room, "r");
  EXPECT_EQ(message.event, "e");
}

TEST(Message, WaitIsNeverUnescaped) {
  EXPECT_EQ(read("@%!semicolon@%!;n;;e;0;0;")->wait, "@%!semicolon@%!");
}

TEST(Message, FlagsAreZeroOneOrNothing) {
  EXPECT_TRUE(read(";n;r;e;1;0;")->is_error);
  EXPECT_TRUE(read(";n;r;e;0;1;")->is_noop);
  EXPECT_FALSE(read(";n;r;e;;;")->is_error);
  for (const auto* frame : {";n;r;e;2;0;", ";n;r;e;0;x;", ";n;r;e;10;0;", ";n;r;e;0;01;",
                            ";n;r;e; 0;0;", ";n;r;e;true;false;"}) {
    EXPECT_FALSE(read(frame)) << frame;
  }
}

TEST(Message, NeedsSixSeparators) {
  std::string frame = "$1;n;r;e;0;0;";
  EXPECT_TRUE(read(frame));
  while (!frame.empty()) {
    frame.pop_back();
    EXPECT_FALSE(read(frame)) << frame;
  }
}

TEST(Message, AppendKeepsWhatStoodBefore) {
  std::string out = "before ";
  append(out, {.ns = "n", .event = "e"});
  EXPECT_EQ(out, "before ;n;;e;0;0;");
}

TEST(Wait, OfAClientBeginsWithADollar) {
  EXPECT_TRUE(is_client_ask("$12"));
  EXPECT_FALSE(is_client_ask("12"));
  EXPECT_FALSE(is_client_ask("#12"));
  EXPECT_FALSE(is_client_ask(""));
}

}  // namespace
}  // namespace stoa::wire
