// What a plugin says to its host is the same, wherever it runs.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "guest.h"

namespace stoa::testing {
namespace {

// Both are driven in the same way.
struct Twins {
  explicit Twins(const char* library, const std::string& config = "{}")
      : here(library, config), there(library, config) {}

  void both(const std::function<void(RecordingHost&)>& prepare) {
    prepare(here.host);
    prepare(there.host);
  }

  void expect_same(const Happening& happening) {
    const std::string said = here.deliver(happening);
    EXPECT_EQ(there.deliver(happening), said) << happening.event;
  }
  void expect_same(const std::string& event, const std::string& body = "") {
    expect_same({.event = event, .body = body, .room = "lobby", .flags = STOA_EVENT_ASK});
  }
  void expect_same_answer(const std::string& body, int32_t status = STOA_OK) {
    const std::string said = here.answer(body, status);
    EXPECT_EQ(there.deliver({.kind = STOA_EVENT_ANSWER,
                             .body = body,
                             .status = status,
                             .reply = 0,
                             .cookie = there.host.last_cookie()}),
              said);
  }

  Session here;
  Guest there;
};

TEST(Calls, OfEveryKindReachTheHost) {
  Twins twins(STOA_EVERY_CALL);
  twins.both([](RecordingHost& host) {
    host.facts = {{"1", {"id-5"}}, {"2", {"ada"}},    {"3", {"::1"}},
                  {"4", {"/"}},    {"5 X-A", {"b"}},  {"6 a", {""}},
                  {"7", {"3"}},    {"8", {"a", "b"}}, {"9", {}}};
    host.members[""] = {1, 2, 3};
    host.members["lobby"] = {2};
  });
  for (const char* event :
       {"emit",    "emit to many", "prepare",     "forward",      "server acts",
        "facts",   "members",      "own store",   "shared store", "log",
        "numbers", "timers",       "text",        "value",        "nothing",
        "bytes",   "error",        "known error", "close",        "no such event"}) {
    twins.expect_same(event);
  }
  twins.expect_same("members", "lobby");
  twins.expect_same("swap", R"({"x":1,"y":2})");
  twins.expect_same("swap", "no JSON");
  twins.expect_same("in any order", R"({"x":1,"y":2})");
}

TEST(Calls, OfEveryKindCanBeRefused) {
  Twins twins(STOA_EVERY_CALL);
  twins.both([](RecordingHost& host) { host.refusal = STOA_ERR_LIMIT; });
  for (const char* event :
       {"ask", "ask any", "join and tell", "server acts", "members", "facts", "own store"}) {
    twins.expect_same(event);
  }
}

TEST(Calls, ThatAskAreAnsweredByAnEvent) {
  Twins twins(STOA_EVERY_CALL);
  twins.expect_same("ask");
  twins.expect_same_answer("yes");
  twins.expect_same("ask");
  twins.expect_same_answer("bad room", STOA_ERR_REMOTE);
  twins.expect_same("ask any");
  twins.expect_same_answer(R"({"x":1,"y":2})");
  twins.expect_same("join and tell");
  twins.expect_same_answer("");
}

TEST(Calls, WithBadArgumentsAreRefusedBeforeTheHostHearsOfThem) {
  Guest guest(STOA_EVERY_CALL);
  // It asks for two hours; one is the most.
  EXPECT_EQ(guest.message("ask all"), "answer 7: error 'no answer'");
}

TEST(Calls, OfAConnectionsLifeReachTheHost) {
  Twins twins(STOA_EVERY_CALL);
  for (const uint32_t kind : {STOA_EVENT_OPEN, STOA_EVENT_CONNECT, STOA_EVENT_DISCONNECT,
                              STOA_EVENT_ROOM_JOIN, STOA_EVENT_ROOM_JOINED, STOA_EVENT_CLOSE}) {
    twins.expect_same({.kind = kind, .body = "why", .room = "lobby", .status = 1006});
  }
  twins.expect_same({.kind = STOA_EVENT_CONFIG, .body = R"({"size":-1})"});
  twins.expect_same({.kind = STOA_EVENT_CONFIG, .body = R"({"size":5})"});
  twins.expect_same("size");
}

TEST(Calls, ASecondAnswerToTheEventIsStale) {
  Twins twins(STOA_MISCHIEF);
  twins.expect_same("answer twice");
}

TEST(Calls, FromAnotherThreadReachTheHost) {
  Guest guest(STOA_MISCHIEF);
  std::string said = guest.message("answer from thread");
  EXPECT_TRUE(guest.serve_until([&] {
    said += guest.host.take_calls();
    return said.ends_with("answer 7: reply 'from afar'");
  })) << said;
}

TEST(Calls, FromManyThreadsAreAllHeard) {
  Guest guest(STOA_MISCHIEF);
  std::string said = guest.message("post");
  EXPECT_TRUE(guest.serve_until([&] {
    said += guest.host.take_calls() + "\n";
    return std::count(said.begin(), said.end(), 'p') == 100;
  })) << said;
}

TEST(Calls, OfAThousandEventsKeepTheirOrder) {
  Guest guest(STOA_MISCHIEF);
  for (int i = 0; i < 1000; ++i) {
    guest.send({.event = "count", .reply = static_cast<stoa_reply>(i + 1)});
  }
  EXPECT_EQ(guest.link.in_flight(), 1000u);
  EXPECT_TRUE(guest.serve_until([&] { return guest.handled() == 1000; }));
  std::string expected;
  for (int i = 1; i <= 1000; ++i) {
    const std::string number = std::to_string(i);
    expected += (i > 1 ? "\n" : "") + std::string("answer ") + number + ": reply '" + number + "'";
  }
  EXPECT_EQ(guest.host.take_calls(), expected);
}

TEST(Calls, OfAHandlerThatBlocksAreHeardMeanwhile) {
  Guest guest(STOA_CAPTIVE);
  guest.send({.event = "speak and spin"});
  std::string said;
  EXPECT_TRUE(guest.serve_until([&] { return !(said = guest.host.take_calls()).empty(); }));
  EXPECT_EQ(said, "emit to everyone: last 'words'");
  EXPECT_EQ(guest.handled(), 0u);
}

TEST(Calls, WithLargeBodiesArriveWhole) {
  Guest guest(STOA_CAPTIVE);
  (void)guest.message("echo", std::string(16 << 20, '\xee'));
  EXPECT_EQ(guest.answer_size(), std::size_t{16} << 20);
}

TEST(Calls, WithManyMembersArriveWhole) {
  Guest guest(STOA_EVERY_CALL);
  for (stoa_connection i = 0; i < 100'000; ++i) guest.host.members[""].push_back(i);
  (void)guest.message("members");
  EXPECT_GT(guest.answer_size(), 588'000u);
}

}  // namespace
}  // namespace stoa::testing
