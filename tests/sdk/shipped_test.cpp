// The plugins we ship: what calls come out for what events come in.
#include <gtest/gtest.h>

#include "session.h"

namespace stoa::testing {
namespace {

TEST(Echo, RepliesWithWhatCame) {
  Session echo(STOA_ECHO);
  EXPECT_EQ(echo.message("echo", "hi"), "answer 7: reply 'hi'");
  EXPECT_EQ(echo.message("echo", ""), "answer 7: reply ''");
}

TEST(Echo, RepliesToBytesInBinary) {
  Session echo(STOA_ECHO);
  const std::string bytes("\x00\xff\x80;", 4);
  EXPECT_EQ(echo.deliver({.event = "echo", .body = bytes, .flags = STOA_EVENT_BINARY}),
            "answer 7: reply binary '" + bytes + "'");
}

TEST(Echo, WelcomesAMemberByItsId) {
  Session echo(STOA_ECHO);
  echo.host.facts[std::to_string(STOA_FACT_ID)] = {"id-5"};
  EXPECT_EQ(echo.deliver({.kind = STOA_EVENT_CONNECTED, .reply = 0}), "emit to 5: welcome 'id-5'");
}

TEST(Echo, KicksAfterFiftyMilliseconds) {
  Session echo(STOA_ECHO);
  EXPECT_EQ(echo.message("kick"), "timer in 50 ms");
  EXPECT_EQ(echo.timer(), "close 5: 4000 'kicked'");
  EXPECT_EQ(echo.timer(), "") << "a second end of the same timer";
}

TEST(Native, SendsAFrameBackAsItCame) {
  Session native(STOA_NATIVE);
  EXPECT_EQ(native.deliver({.kind = STOA_EVENT_NATIVE, .body = "raw"}), "answer 7: reply 'raw'");
  EXPECT_EQ(native.deliver({.kind = STOA_EVENT_NATIVE, .body = "raw", .flags = STOA_EVENT_BINARY}),
            "answer 7: reply binary 'raw'");
}

class ChatTest : public ::testing::Test {
 protected:
  ChatTest() {
    chat.host.facts[std::to_string(STOA_FACT_ID)] = {"id-5"};
    chat.host.members["lobby"] = {5};
    chat.host.members[""] = {5, 6};
  }

  Session chat{STOA_CHAT};
};

TEST_F(ChatTest, AMessageGoesToTheOthersInItsRoom) {
  EXPECT_EQ(chat.message("message", "hi; all", "lobby"),
            "emit to room lobby except 5: message 'hi; all'");
}

TEST_F(ChatTest, AMessageOfBytesStaysBinary) {
  EXPECT_EQ(chat.deliver(
                {.event = "message", .body = "\xff", .room = "lobby", .flags = STOA_EVENT_BINARY}),
            "emit to room lobby except 5: message binary '\xff'");
}

TEST_F(ChatTest, AMessageWithoutARoomIsRefused) {
  EXPECT_EQ(chat.message("message", "hi"), "answer 7: error 'bad room'");
}

TEST_F(ChatTest, TheOthersLearnWhoJoinedAndLeft) {
  EXPECT_EQ(chat.deliver({.kind = STOA_EVENT_ROOM_JOINED, .room = "lobby", .reply = 0}),
            "emit to room lobby except 5: notice "
            R"('{"id":"id-5","kind":"joined","name":"id-5"}')");
  EXPECT_EQ(
      chat.deliver(
          {.kind = STOA_EVENT_ROOM_LEFT, .room = "lobby", .flags = STOA_EVENT_FORCED, .reply = 0}),
      "emit to room lobby except 5: notice "
      R"('{"id":"id-5","kind":"left","name":"id-5"}')");
}

TEST_F(ChatTest, TheNameIsTheChosenOneElseTheUserElseTheId) {
  EXPECT_EQ(chat.message("who", "", "lobby"), R"(answer 7: reply '[{"id":"id-5","name":"id-5"}]')");
  chat.host.facts[std::to_string(STOA_FACT_USER)] = {"ada"};
  EXPECT_EQ(chat.message("who", "", "lobby"), R"(answer 7: reply '[{"id":"id-5","name":"ada"}]')");
  EXPECT_EQ(chat.message("name", "Countess"), "");
  EXPECT_EQ(chat.message("who", "", "lobby"),
            R"(answer 7: reply '[{"id":"id-5","name":"Countess"}]')");
}

TEST_F(ChatTest, WhoWithoutARoomIsAboutTheNamespace) {
  EXPECT_EQ(chat.message("who"),
            R"(answer 7: reply '[{"id":"id-5","name":"id-5"},{"id":"id-5","name":"id-5"}]')");
}

TEST(Chat, IncludesTheSenderIfConfigured) {
  Session chat(STOA_CHAT, R"({"include_sender": true})");
  EXPECT_EQ(chat.message("message", "hi", "lobby"), "emit to room lobby: message 'hi'");
}

TEST(Chat, RefusesAKeyThatItDoesNotKnow) {
  Session chat(STOA_CHAT, R"({"include_sendr": true})");
  EXPECT_FALSE(chat.created());
  EXPECT_EQ(chat.complaint(),
            "The config key \"include_sendr\" is unknown: this plugin knows include_sender.");
}

// What a chat answers, and what versions of it give to each other.
class ChatVersion : public Session {
 public:
  using Session::Session;

  void say(int times) {
    for (int i = 0; i < times; ++i) message("message", "hi", "lobby");
  }
  std::string export_member() { return deliver({.kind = STOA_EVENT_EXPORT}); }
  std::string export_all() { return deliver({.kind = STOA_EVENT_EXPORT, .connection = 0}); }
  std::string import_member(uint64_t schema, const std::string& body) {
    return deliver({.kind = STOA_EVENT_IMPORT, .body = body, .cookie = schema});
  }
  std::string import_all(uint64_t schema, const std::string& body) {
    return deliver({.kind = STOA_EVENT_IMPORT, .body = body, .connection = 0, .cookie = schema});
  }
};

TEST(Chat, CountsWhatWasSaidByOneAndByAll) {
  ChatVersion chat(STOA_CHAT);
  chat.say(2);
  chat.deliver({.event = "message", .room = "lobby", .connection = 6});
  EXPECT_EQ(chat.message("stats"), R"(answer 7: reply '{"said":2,"total":3}')");
  chat.deliver({.kind = STOA_EVENT_DISCONNECT, .connection = 6});
  EXPECT_EQ(chat.message("stats"), R"(answer 7: reply '{"said":2,"total":3}')");
}

TEST(Chat, PassesAMemberOnWithItsCount) {
  ChatVersion one(STOA_CHAT);
  ChatVersion two(STOA_CHAT_V2);
  one.say(2);
  EXPECT_EQ(one.export_member(), "answer 7: reply '2' code 1");
  EXPECT_EQ(two.import_member(1, "2"), "");
  one.deliver({.kind = STOA_EVENT_EXPORTED, .reply = 0});
  EXPECT_EQ(one.message("stats"), R"(answer 7: reply '{"said":0,"total":0}')");
  two.say(1);
  EXPECT_EQ(two.message("stats"), R"(answer 7: reply '{"reactions":0,"said":3,"total":3}')");
}

TEST(Chat, PassesOnWhatTheGoneHaveSaid) {
  ChatVersion one(STOA_CHAT);
  ChatVersion two(STOA_CHAT_V2);
  one.say(2);
  one.deliver({.kind = STOA_EVENT_DISCONNECT});
  EXPECT_EQ(one.export_all(), "answer 7: reply '2' code 1");
  EXPECT_EQ(two.import_all(1, "2"), "");
  one.deliver({.kind = STOA_EVENT_EXPORTED, .connection = 0, .reply = 0});
  EXPECT_EQ(one.message("stats"), R"(answer 7: reply '{"said":0,"total":0}')");
  EXPECT_EQ(two.message("stats"), R"(answer 7: reply '{"reactions":0,"said":0,"total":2}')");
}

TEST(Chat, ReactionsGoToTheReadersAndAreCounted) {
  ChatVersion chat(STOA_CHAT_V2);
  chat.host.facts[std::to_string(STOA_FACT_ID)] = {"id-5"};
  EXPECT_EQ(chat.message("react", R"({"to": "m1", "emoji": "+"})", "lobby"),
            "emit to room lobby except 5: reaction "
            R"('{"emoji":"+","id":"id-5","name":"id-5","to":"m1"}')");
  EXPECT_EQ(chat.message("stats"), R"(answer 7: reply '{"reactions":1,"said":0,"total":0}')");
  EXPECT_EQ(chat.message("react", R"({"to": "m1", "emoji": "+"})"), "answer 7: error 'bad room'");
  EXPECT_EQ(chat.message("react", R"({"to": "m1"})", "lobby"),
            "answer 7: error 'invalid payload: key 'emoji' not found'");
}

TEST(Chat, OfTheSecondVersionIsReadByTheFirstUnlessItHasReacted) {
  ChatVersion two(STOA_CHAT_V2);
  two.say(2);
  EXPECT_EQ(two.export_member(), "answer 7: reply '2' code 1");
  two.message("react", R"({"to": "m1", "emoji": "+"})", "lobby");
  const std::string known = R"({"reactions":1,"said":2})";
  EXPECT_EQ(two.export_member(), "answer 7: reply '" + known + "' code 2");

  ChatVersion another(STOA_CHAT_V2);
  EXPECT_EQ(another.import_member(2, known), "");
  EXPECT_EQ(another.export_member(), "answer 7: reply '" + known + "' code 2");

  ChatVersion one(STOA_CHAT);
  EXPECT_EQ(one.import_member(2, known),
            "answer 7: error 'This is state of schema 2, and this version of chat reads up to "
            "schema 1: move to a newer one.'");
  EXPECT_EQ(one.import_member(0, ""), "");
  EXPECT_EQ(one.message("stats"), R"(answer 7: reply '{"said":0,"total":0}')");
}

TEST(Chat, RefusesStateOfTheNamespaceThatIsTooNew) {
  EXPECT_EQ(ChatVersion(STOA_CHAT_V2).import_all(2, "{}"),
            "answer 7: error 'This is state of schema 2, and this version of chat reads up to "
            "schema 1: move to a newer one.'");
}

TEST(Clock, TicksToEveryoneInItsPeriod) {
  Session clock(STOA_CLOCK, R"({"period_ms": 250})");
  EXPECT_EQ(clock.host.take_calls(), "timer in 250 ms, every 250 ms");
  EXPECT_EQ(clock.timer(), "emit to everyone: tick '2026-10-31T12:00:00Z'");
  EXPECT_EQ(clock.timer(), "emit to everyone: tick '2026-10-31T12:00:00Z'");
}

TEST(Clock, TellsTheTime) {
  Session clock(STOA_CLOCK);
  EXPECT_EQ(clock.host.take_calls(), "timer in 1000 ms, every 1000 ms");
  EXPECT_EQ(clock.message("now"), "answer 7: reply '2026-10-31T12:00:00Z'");
}

TEST(Clock, AnAlarmGoesOffOnceForTheOneWhoSetIt) {
  Session clock(STOA_CLOCK);
  clock.host.take_calls();
  EXPECT_EQ(clock.message("alarm", "20"), "timer in 20 ms");
  EXPECT_EQ(clock.timer(), "emit to 5: alarm ''");
  EXPECT_EQ(clock.timer(), "");
}

TEST(Clock, RefusesAlarmsThatAreNoTime) {
  Session clock(STOA_CLOCK);
  clock.host.take_calls();
  for (const char* body : {"", "soon", "1s", " 1", "1.5", "99999999999999999999"}) {
    EXPECT_EQ(clock.message("alarm", body), "answer 7: error 'not a number'") << body;
  }
  for (const char* body : {"-1", "86400001", "9223372036854775807"}) {
    EXPECT_EQ(clock.message("alarm", body), "answer 7: error 'out of range'") << body;
  }
}

TEST(Clock, SaysWhenTheHostHasNoTimersLeft) {
  Session clock(STOA_CLOCK);
  clock.host.take_calls();
  clock.host.refusal = STOA_ERR_LIMIT;
  EXPECT_EQ(clock.message("alarm", "20"), "timer in 20 ms\nanswer 7: error 'too many alarms'");
}

TEST(Clock, ANewPeriodReplacesTheOldTimer) {
  Session clock(STOA_CLOCK);
  clock.host.take_calls();
  EXPECT_EQ(clock.deliver({.kind = STOA_EVENT_CONFIG, .body = R"({"period_ms": 50})"}),
            "timer in 50 ms, every 50 ms\nstop timer 1");
  EXPECT_EQ(clock.timer(), "emit to everyone: tick '2026-10-31T12:00:00Z'");
}

TEST(Clock, ABadPeriodKeepsTheOldTimer) {
  Session clock(STOA_CLOCK);
  clock.host.take_calls();
  EXPECT_EQ(clock.deliver({.kind = STOA_EVENT_CONFIG, .body = R"({"period_ms": "fast"})"}),
            "answer 7: error 'The config key \"period_ms\" must be a whole number of "
            "0..4294967295, but is \"fast\".'");
  EXPECT_EQ(clock.timer(), "emit to everyone: tick '2026-10-31T12:00:00Z'");
}

class GateTest : public ::testing::Test {
 protected:
  std::string open() { return gate.deliver({.kind = STOA_EVENT_OPEN}); }
  std::string connect() { return gate.deliver({.kind = STOA_EVENT_CONNECT}); }

  Session gate{STOA_GATE, R"({"tokens": {"s3cret": "ada", "t0ken": "bob"},
                              "admins": ["ada"], "anonymous": false})"};
};

TEST_F(GateTest, AKnownTokenNamesTheUser) {
  gate.host.facts[std::to_string(STOA_FACT_QUERY) + " token"] = {"t0ken"};
  EXPECT_EQ(open(), "user of 5 is bob");
}

TEST_F(GateTest, TheHeaderCountsBeforeTheQuery) {
  gate.host.facts[std::to_string(STOA_FACT_HEADER) + " X-Token"] = {"s3cret"};
  gate.host.facts[std::to_string(STOA_FACT_QUERY) + " token"] = {"t0ken"};
  EXPECT_EQ(open(), "user of 5 is ada");
}

TEST_F(GateTest, RefusesAnUnknownTokenAndNone) {
  EXPECT_EQ(open(), "answer 7: error 'token required'");
  gate.host.facts[std::to_string(STOA_FACT_QUERY) + " token"] = {"guess"};
  EXPECT_EQ(open(), "answer 7: error 'bad token'");
}

TEST_F(GateTest, OnlyAdminsConnect) {
  gate.host.facts[std::to_string(STOA_FACT_USER)] = {"bob"};
  EXPECT_EQ(connect(), "answer 7: error 'admins only'");
  gate.host.facts[std::to_string(STOA_FACT_USER)] = {"ada"};
  EXPECT_EQ(connect(), "");
  EXPECT_EQ(gate.message("whoami"), "answer 7: reply 'ada'");
}

TEST(Gate, LetsAnonymousInByDefault) {
  Session gate(STOA_GATE);
  EXPECT_EQ(gate.deliver({.kind = STOA_EVENT_OPEN}), "");
  EXPECT_EQ(gate.deliver({.kind = STOA_EVENT_CONNECT}), "answer 7: error 'admins only'");
}

TEST(Gate, SaysWhatIsWrongWithItsConfig) {
  EXPECT_EQ(Session(STOA_GATE, R"({"tokens": ["s3cret"]})").complaint(),
            "The config key \"tokens\" must be a table, each value text, but is [\"s3cret\"].");
  EXPECT_EQ(Session(STOA_GATE, R"({"admins": "ada"})").complaint(),
            "The config key \"admins\" must be an array, each item text, but is \"ada\".");
  EXPECT_EQ(Session(STOA_GATE, R"({"anonymous": 1})").complaint(),
            "The config key \"anonymous\" must be true or false, but is 1.");
}

TEST(Tally, AddsAndTells) {
  Session tally(STOA_TALLY);
  EXPECT_EQ(tally.message("add", "40"), "answer 7: reply '40'");
  EXPECT_EQ(tally.message("add", "+3"), "answer 7: reply '43'");
  EXPECT_EQ(tally.message("add", "-1"), "answer 7: reply '42'");
  EXPECT_EQ(tally.message("get"), "answer 7: reply '42'");
  EXPECT_EQ(tally.host.store["0 total"], "42");
}

TEST(Tally, RefusesWhatIsNoNumber) {
  Session tally(STOA_TALLY);
  for (const char* body : {"", "x", "1x", " 1", "0x10", "1.5", "-", "--1", "9223372036854775808",
                           "-9223372036854775809", "111111111111111111111111111111"}) {
    EXPECT_EQ(tally.message("add", body), "answer 7: error 'not a number'") << body;
  }
  EXPECT_EQ(tally.message("add", "-9223372036854775808"), "answer 7: reply '-9223372036854775808'");
}

}  // namespace
}  // namespace stoa::testing
