#include "wire/frame.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace stoa::wire {
namespace {

using namespace std::string_view_literals;

std::string_view header(const Frame& frame) {
  return frame.bytes().substr(0, frame.bytes().size() - frame.payload().size());
}

TEST(Frame, HeaderGrowsWithThePayload) {
  const auto header_of = [](std::size_t size) {
    const std::string payload(size, 'x');
    const Frame frame = Frame::of(Opcode::kBinary, payload);
    EXPECT_EQ(frame.payload(), payload);
    return std::string(header(frame));
  };
  EXPECT_EQ(header_of(0), "\x82\x00"sv);
  EXPECT_EQ(header_of(125), "\x82\x7D"sv);
  EXPECT_EQ(header_of(126), "\x82\x7E\x00\x7E"sv);
  EXPECT_EQ(header_of(65535), "\x82\x7E\xFF\xFF"sv);
  EXPECT_EQ(header_of(65536), "\x82\x7F\x00\x00\x00\x00\x00\x01\x00\x00"sv);
  EXPECT_EQ(header_of(0x1234567), "\x82\x7F\x00\x00\x00\x00\x01\x23\x45\x67"sv);
}

TEST(Frame, FirstByteIsFinalAndHasTheOpcode) {
  EXPECT_EQ(Frame::of(Opcode::kText, "hi").bytes(), "\x81\x02hi"sv);
  EXPECT_EQ(Frame::of(Opcode::kPing, "").bytes(), "\x89\x00"sv);
  EXPECT_EQ(Frame::of(Opcode::kPong, "p").bytes(), "\x8A\x01p"sv);
  EXPECT_EQ(Frame::of(Opcode::kBinary, "").opcode(), Opcode::kBinary);
}

TEST(Frame, OfAMessageIsTheMessageWritten) {
  const Message message{.wait = "$1", .ns = "a;b", .room = "r", .event = "e", .body = "\xFF;"};
  std::string expected;
  append(expected, message);
  EXPECT_EQ(Frame::of(Opcode::kBinary, message).payload(), expected);
}

TEST(Frame, OfAReplyRepeatsTheNamesThatCame) {
  const auto reply_to = [](std::string_view question) {
    Unescaped scratch;
    const auto received = parse(question, scratch);
    std::string written;
    const std::string_view head = reply_head(*received, written);
    return std::string(Frame::of(Opcode::kText, head, "yes").payload());
  };
  EXPECT_EQ(reply_to("$1;n;r;e;0;0;no"), "$1;n;r;e;0;0;yes");
  EXPECT_EQ(reply_to("$1;a@%!semicolon@%!b;;e;0;0;"), "$1;a@%!semicolon@%!b;;e;0;0;yes");
  // An error's flag is its own, and so is the short way to say that there are none.
  EXPECT_EQ(reply_to("$1;n;r;e;1;0;no"), "$1;n;r;e;0;0;yes");
  EXPECT_EQ(reply_to("$1;n;r;e;0;1;no"), "$1;n;r;e;0;0;yes");
  EXPECT_EQ(reply_to("$1;n;r;e;;;no"), "$1;n;r;e;0;0;yes");
}

TEST(Frame, OfALongMessageHasALongHeader) {
  const std::string body(70'000, 'b');
  const Frame frame = Frame::of(Opcode::kText, {.ns = "n", .event = "e", .body = body});
  EXPECT_EQ(header(frame).size(), 10u);
  EXPECT_EQ(frame.payload(), ";n;;e;0;0;" + body);
}

TEST(Frame, AppendedIsTheSameAsBuilt) {
  for (const std::size_t size : {0, 100, 125, 126, 65535, 65536}) {
    const std::string body(size, 'b');
    std::string appended = "before";
    append_frame(appended, Opcode::kBinary, "head", body);
    EXPECT_EQ(appended, "before" + std::string(Frame::of(Opcode::kBinary, "head", body).bytes()));
    EXPECT_EQ(Frame::of(Opcode::kBinary, "head", body).payload(), "head" + body);
  }
}

TEST(Frame, CopiesShareTheBytes) {
  const Frame frame = Frame::of(Opcode::kText, "shared");
  const uint64_t before = Frame::built();
  const std::vector<Frame> queue(1000, frame);
  EXPECT_EQ(Frame::built(), before);
  EXPECT_EQ(queue.back().bytes().data(), frame.bytes().data());
}

TEST(Frame, OutlivesTheReferenceItWasBuiltWith) {
  Frame copy;
  EXPECT_FALSE(copy);
  {
    const Frame frame = Frame::of(Opcode::kText, "still here");
    copy = frame;
  }
  EXPECT_EQ(copy.payload(), "still here");
  Frame moved = std::move(copy);
  EXPECT_EQ(moved.payload(), "still here");
  moved = Frame();
  EXPECT_FALSE(moved);
}

TEST(Frame, AssignmentToItselfKeepsIt) {
  Frame frame = Frame::of(Opcode::kText, "self");
  const Frame& self = frame;
  frame = self;
  EXPECT_EQ(frame.payload(), "self");
}

TEST(Frame, ThreadsShareOneAndCountTheirOwn) {
  constexpr int kThreads = 4;
  constexpr int kFrames = 1000;
  const Frame shared = Frame::of(Opcode::kText, "everywhere");
  const uint64_t before = Frame::built();
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([shared] {
      for (int n = 0; n < kFrames; ++n) {
        const Frame mine = Frame::of(Opcode::kText, shared.payload());
        const Frame copy = shared;
        ASSERT_EQ(copy.payload(), mine.payload());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Frame::built(), before + kThreads * kFrames);
}

}  // namespace
}  // namespace stoa::wire
