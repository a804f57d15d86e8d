// What the C++ layer calls at the host for what a plugin says in C++.
#include <gtest/gtest.h>

#include "session.h"

namespace stoa::testing {
namespace {

class LayerTest : public ::testing::Test {
 protected:
  Session plugin{STOA_EVERY_CALL};
};

using Sending = LayerTest;
using Asking = LayerTest;
using Acting = LayerTest;
using Knowing = LayerTest;
using Storing = LayerTest;
using Telling = LayerTest;
using Answering = LayerTest;
using Lifecycle = LayerTest;

TEST_F(Sending, ToOneMember) {
  EXPECT_EQ(plugin.message("emit"),
            "emit to 5: bare ''\n"
            "emit to 5: text 'hi'\n"
            "emit to 5: bytes binary '\xff'\n"
            "emit to 5: json '{\"x\":1,\"y\":2}'\n"
            "emit to 5: list '[1,2]'\n"
            "emit to 5 in lobby: text 'hi'\n"
            "emit to 5: natively 'raw'");
}

TEST_F(Sending, ToMany) {
  EXPECT_EQ(plugin.message("emit to many"),
            "emit to everyone: text 'hi'\n"
            "emit to everyone except 5: text 'hi'\n"
            "emit to room lobby: text 'hi'\n"
            "emit to room lobby only id-6: text 'hi'\n"
            "emit to everyone: natively binary 'raw'");
}

TEST_F(Sending, APreparedMessageGoesToMany) {
  EXPECT_EQ(plugin.message("prepare"),
            "prepare for room '': text 'hi'\n"
            "prepare for room 'lobby': json '{\"x\":1,\"y\":2}'\n"
            "emit to 5: prepared 9\n"
            "emit to everyone except 5: prepared 9\n"
            "emit to room lobby: prepared 9\n"
            "emit to 5 in lobby: prepared 9\n"
            "forget prepared 9\n"
            "forget prepared 9");
}

TEST_F(Sending, AMessageGoesOnInItsOwnKind) {
  EXPECT_EQ(plugin.message("forward", "hi"), "emit to everyone: again 'hi'");
  EXPECT_EQ(plugin.deliver({.event = "forward", .body = "hi", .flags = STOA_EVENT_BINARY}),
            "emit to everyone: again binary 'hi'");
}

TEST_F(Asking, TheAnswerAnswersTheAskThatCausedIt) {
  EXPECT_EQ(plugin.message("ask"), "ask any of 5: ready? '{\"x\":1,\"y\":2}' for 5000 ms");
  EXPECT_EQ(plugin.returned(), STOA_PENDING);
  EXPECT_EQ(plugin.answer("yes"), "answer 7: reply '0 yes'");
  EXPECT_EQ(plugin.answer("yes"), "") << "a second answer to one ask";
}

TEST_F(Asking, AnErrorIsKnownByItsText) {
  plugin.message("ask");
  EXPECT_EQ(plugin.answer("bad room", STOA_ERR_REMOTE), "answer 7: reply '-7 bad room (known)'");
}

TEST_F(Asking, ATimeoutIsAnAnswerToo) {
  plugin.message("ask");
  EXPECT_EQ(plugin.answer("", STOA_ERR_TIMEOUT), "answer 7: reply '-8 '");
}

TEST_F(Asking, ARefusedAskLetsGoOfWhatItHeld) {
  plugin.host.refusal = STOA_ERR_LIMIT;
  EXPECT_EQ(plugin.message("ask"),
            "ask any of 5: ready? '{\"x\":1,\"y\":2}' for 5000 ms\n"
            "answer 7: error 'no answer'");
}

TEST_F(Asking, TheFirstOfManyAnswersAsAValue) {
  EXPECT_EQ(plugin.message("ask any"), "ask any of room lobby: ready? '' for 0 ms");
  EXPECT_EQ(plugin.answer(R"({"x": 3, "y": 4})"), "answer 7: reply '3'");
}

TEST_F(Asking, AnAnswerThatIsNoSuchValueIsAnErrorInTheLog) {
  plugin.message("ask any");
  EXPECT_EQ(plugin.answer(R"({"x": 3})"), "answer 7: error 'no answer'");
}

TEST_F(Asking, AllAnswersComeTogetherAtTheLast) {
  EXPECT_EQ(plugin.message("ask all"), "ask all of everyone: ready? '' for 7200000 ms");
  EXPECT_EQ(plugin.answer("yes", STOA_OK, 0, 5), "");
  EXPECT_EQ(plugin.answer("bad room", STOA_ERR_REMOTE, 0, 6), "");
  EXPECT_EQ(plugin.answer("", STOA_OK, STOA_EVENT_LAST, 0),
            R"(answer 7: reply '["5: 0 yes","6: -7 bad room"]')");
  EXPECT_EQ(plugin.answer("", STOA_OK, STOA_EVENT_LAST, 0), "");
}

TEST_F(Acting, FromTheServersSide) {
  EXPECT_EQ(plugin.message("server acts"),
            "connect 5\nconnect 5 other\ndisconnect 5\ndisconnect 5 other\ndisconnect all 5\n"
            "join 5 lobby\nleave 5 lobby\nclose 5: 4001 'enough'");
}

TEST_F(Acting, TheOutcomeComesBackIfWanted) {
  EXPECT_EQ(plugin.message("join and tell"), "join 5 lobby and tell");
  EXPECT_EQ(plugin.answer("full", STOA_ERR_REMOTE), "answer 7: reply '-7 full'");
}

TEST_F(Knowing, FactsOfAConnection) {
  EXPECT_EQ(plugin.message("facts"), "answer 7: reply ',,,,none,none,0,0,0'");
  plugin.host.facts = {{"1", {"id-5"}}, {"2", {"ada"}},        {"3", {"::1"}},
                       {"4", {"/ws"}},  {"5 X-A", {"a"}},      {"6 a", {"b"}},
                       {"7", {"3"}},    {"8", {"one", "two"}}, {"9", {"lobby"}}};
  EXPECT_EQ(plugin.message("facts"), "answer 7: reply 'id-5,ada,::1,/ws,a,b,3,2,1'");
}

TEST_F(Knowing, MembersOfARoomAndOfTheNamespace) {
  plugin.host.members = {{"lobby", {5, 6}}, {"", {5, 6, 7}}};
  EXPECT_EQ(plugin.message("members", "lobby"), "answer 7: reply '[5,6]'");
  EXPECT_EQ(plugin.message("members", "empty"), "answer 7: reply '[]'");
}

TEST_F(Knowing, TimeAndExtensions) {
  EXPECT_EQ(plugin.message("time"), "answer 7: reply '42 1793448000'");
  EXPECT_EQ(plugin.message("extension"), "answer 7: reply 'true'");
}

TEST_F(Storing, ForOneConnection) {
  EXPECT_EQ(plugin.message("own store"), "answer 7: reply 'hi typed none'");
  EXPECT_EQ(plugin.host.store["5 number"], "42");
  EXPECT_EQ(plugin.host.store["5 point"], R"({"x":1,"y":2})");
}

TEST_F(Storing, ForTheNamespaceWithCompareAndSet) {
  EXPECT_EQ(plugin.message("shared store"), "answer 7: reply 'true'");
}

TEST_F(Telling, LogLinesWithLevelsAndFields) {
  EXPECT_EQ(plugin.message("log"),
            "log 0: a\nlog 1: b\nlog 2: c room=lobby count=17 right=true\nlog 3: d\nlog 4: e");
}

TEST_F(Telling, CountersAndGauges) {
  EXPECT_EQ(plugin.message("numbers"), "count seen +1\ncount bytes +20\ngauge depth 1.500000");
}

TEST_F(Telling, AStoppedTimerIsNotCalledAgain) {
  EXPECT_EQ(plugin.message("timers"), "timer in 20 ms, every 20 ms\nstop timer 1\ntimer in 0 ms");
  EXPECT_EQ(plugin.deliver({.kind = STOA_EVENT_TIMER, .reply = 0, .cookie = 1}), "");
}

TEST_F(Answering, WhatAHandlerReturnsIsTheAnswer) {
  EXPECT_EQ(plugin.message("text"), "answer 7: reply 'pong'");
  EXPECT_EQ(plugin.message("value"), R"(answer 7: reply '{"x":1,"y":2}')");
  EXPECT_EQ(plugin.message("nothing"), "");
  EXPECT_EQ(plugin.message("bytes"), "answer 7: reply binary '\xff'");
  EXPECT_EQ(plugin.message("error"), "answer 7: error 'no'");
  EXPECT_EQ(plugin.message("known error"), "answer 7: error 'bad room'");
  EXPECT_EQ(plugin.message("close"), "answer 7: close 4000 'bye'");
}

TEST_F(Answering, ABodyIsAValueIfTheHandlerTakesOne) {
  EXPECT_EQ(plugin.message("swap", R"({"x":1,"y":2})"), R"(answer 7: reply '{"x":2,"y":1}')");
  EXPECT_EQ(plugin.message("in any order", R"({"x":1,"y":2})", "lobby"),
            "answer 7: reply '1lobby5'");
}

TEST_F(Answering, ABodyThatIsNoSuchValueIsAnInvalidPayload) {
  EXPECT_EQ(plugin.message("swap", R"({"x":1})"),
            "answer 7: error 'invalid payload: key 'y' not found'");
  EXPECT_EQ(plugin.message("swap", R"({"x":1,"y":"2"})"),
            "answer 7: error 'invalid payload: type must be number, but is string'");
  const std::string deep(100'000, '[');
  for (const std::string& body : {std::string("{"), std::string("\xff"), std::string(), deep}) {
    EXPECT_TRUE(plugin.message("swap", body).starts_with("answer 7: error 'invalid payload: "));
  }
}

TEST_F(Lifecycle, AnOpeningIsGivenAnIdAndAUser) {
  EXPECT_EQ(plugin.deliver({.kind = STOA_EVENT_OPEN}),
            "id of 5 is id-5\nuser of 5 is ada\nconnect 5");
}

TEST_F(Lifecycle, AClosedConnectionSaysHow) {
  EXPECT_EQ(plugin.deliver({.kind = STOA_EVENT_CLOSE, .body = "bye", .status = 4001, .reply = 0}),
            "log 2: bye who=5 code=4001");
}

TEST_F(Lifecycle, ADenialIsAnError) {
  EXPECT_EQ(plugin.deliver({.kind = STOA_EVENT_CONNECT}), "answer 7: error 'not today'");
  EXPECT_EQ(plugin.deliver({.kind = STOA_EVENT_ROOM_JOIN, .room = "lobby"}),
            "answer 7: error 'no lobby'");
}

TEST_F(Lifecycle, SaysByWhomAndWhetherForced) {
  EXPECT_EQ(plugin.deliver({.kind = STOA_EVENT_DISCONNECT}), "answer 7: error 'stay'");
  EXPECT_EQ(plugin.deliver({.kind = STOA_EVENT_DISCONNECT, .by = STOA_BY_PLUGIN}),
            "answer 7: error 'stay all the same'");
  EXPECT_EQ(plugin.deliver({.kind = STOA_EVENT_DISCONNECT,
                            .flags = STOA_EVENT_FORCED,
                            .by = STOA_BY_HOST,
                            .reply = 0}),
            "");
}

TEST_F(Lifecycle, TheWildcardGetsWhatHasNoHandler) {
  EXPECT_EQ(plugin.message("unheard of", "", "lobby"), "log 2: any event=unheard of room=lobby");
  EXPECT_EQ(
      plugin.deliver(
          {.kind = STOA_EVENT_ROOM_LEFT, .event = "_OnRoomLeft", .room = "lobby", .reply = 0}),
      "log 2: any event=_OnRoomLeft room=lobby");
}

TEST_F(Lifecycle, AConfigurationCountsOnceItIsAccepted) {
  EXPECT_EQ(plugin.deliver({.kind = STOA_EVENT_CONFIG, .body = R"({"size": 3})"}), "");
  EXPECT_EQ(plugin.message("size"), "answer 7: reply '3'");
  EXPECT_EQ(plugin.deliver({.kind = STOA_EVENT_CONFIG, .body = "{}"}),
            "answer 7: error 'The config key \"size\" is missing: it must be a whole number of "
            "-2147483648..2147483647.'");
  EXPECT_EQ(plugin.message("size"), "answer 7: reply '3'");
  EXPECT_EQ(plugin.deliver({.kind = STOA_EVENT_CONFIG, .body = R"({"size": -1})"}),
            "answer 7: error 'too small'");
  EXPECT_EQ(plugin.message("size"), "answer 7: reply '3'");
}

TEST(Descriptor, NamesWhatThePluginHandlesAndNothingElse) {
  const stoa_plugin_descriptor* found = load(STOA_ECHO);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->magic, STOA_MAGIC);
  EXPECT_EQ(found->struct_size, sizeof(stoa_plugin_descriptor));
  EXPECT_STREQ(found->name, "echo");
  EXPECT_STREQ(found->version, "1.0.0");
  ASSERT_EQ(found->event_count, 2u);
  EXPECT_EQ(std::string(found->events[1].data, found->events[1].size), "kick");
  EXPECT_EQ(found->flags, STOA_PLUGIN_CONCURRENT);
  EXPECT_EQ(found->handles, STOA_HANDLES(STOA_EVENT_MESSAGE) | STOA_HANDLES(STOA_EVENT_CONNECTED) |
                                STOA_HANDLES(STOA_EVENT_ANSWER) | STOA_HANDLES(STOA_EVENT_TIMER) |
                                STOA_HANDLES(STOA_EVENT_POSTED));
}

}  // namespace
}  // namespace stoa::testing
