// Plugins that fail, answer late or never, and use threads: nobody waits for ever, nothing is
// thrown over the ABI, and no instance learns of another.
#include <gtest/gtest.h>

#include "session.h"

namespace stoa::testing {
namespace {

class Throwing : public ::testing::Test {
 protected:
  Session plugin{STOA_MISCHIEF};
};

using Late = Throwing;
using Threads = Throwing;

TEST_F(Throwing, IsAnErrorForTheClientAndAReasonForTheLog) {
  EXPECT_EQ(plugin.message("throw"),
            "log 4: a handler failed event=throw reason=secret\n"
            "answer 7: error 'handler failed'");
  EXPECT_EQ(plugin.returned(), STOA_OK);
}

TEST_F(Throwing, WhatIsNoExceptionIsCaughtAsWell) {
  EXPECT_EQ(plugin.message("throw number"),
            "log 4: a handler failed event=throw number "
            "reason=an exception that is no std::exception\n"
            "answer 7: error 'handler failed'");
}

TEST_F(Throwing, AnErrorOfTheWireIsTheAnswer) {
  EXPECT_EQ(plugin.message("throw error"), "answer 7: error 'bad room'");
}

TEST_F(Throwing, InATimerOnlyReachesTheLog) {
  EXPECT_EQ(plugin.message("throw later"), "timer in 1 ms");
  EXPECT_EQ(plugin.timer(), "log 4: a handler failed event= reason=std::bad_alloc");
}

TEST_F(Throwing, WhereNothingCanBeAnsweredOnlyReachesTheLog) {
  EXPECT_EQ(plugin.deliver({.event = "throw", .reply = 0}),
            "log 4: a handler failed event=throw reason=secret");
}

TEST(Creating, AThrowingConstructorRefusesWithItsSentence) {
  EXPECT_EQ(Session(STOA_MISCHIEF, R"({"throw": 1})").complaint(), "The constructor threw.");
  EXPECT_EQ(Session(STOA_MISCHIEF, R"({"throw_number": 1})").complaint(),
            "The plugin's constructor threw an exception of an unknown type.");
  EXPECT_EQ(Session(STOA_MISCHIEF, "[1]").complaint(), "The config is not a JSON object.");
}

TEST_F(Late, AKeptAnswerIsGivenLater) {
  EXPECT_EQ(plugin.message("keep"), "");
  EXPECT_EQ(plugin.returned(), STOA_PENDING);
  EXPECT_EQ(plugin.deliver({.event = "answer", .body = "done", .reply = 8}),
            "answer 7: reply 'done'");
  EXPECT_EQ(plugin.deliver({.event = "answer", .body = "again", .reply = 8}), "");
  EXPECT_EQ(plugin.message("drop"), "");
}

TEST_F(Late, ADroppedAnswerIsAnError) {
  plugin.message("keep");
  EXPECT_EQ(plugin.deliver({.event = "drop", .reply = 8}), "answer 7: error 'no answer'");
}

TEST_F(Late, APromiseEndsWithTheInstance) {
  plugin.message("keep");
  EXPECT_EQ(plugin.end(), "answer 7: error 'no answer'");
}

TEST_F(Late, AThrowAnswersAtOnceAndOnce) {
  EXPECT_EQ(plugin.message("keep and throw"),
            "log 4: a handler failed event=keep and throw reason=secret\n"
            "answer 7: error 'handler failed'");
  EXPECT_EQ(plugin.deliver({.event = "drop", .reply = 8}), "");
}

TEST_F(Late, AnAnswerOfTheHandlerCountsBeforeALaterOne) {
  EXPECT_EQ(plugin.message("keep and answer"), "answer 7: reply 'at once'");
  EXPECT_EQ(plugin.returned(), STOA_OK);
  EXPECT_EQ(plugin.deliver({.event = "drop", .reply = 8}), "");
}

TEST_F(Late, TheFirstOfTwoAnswersCounts) {
  EXPECT_EQ(plugin.message("answer twice"), "answer 7: reply 'one'");
}

TEST_F(Late, APromiseWithoutALaterIsAFailure) {
  EXPECT_EQ(plugin.message("promise nothing"),
            "log 4: a handler failed event=promise nothing reason=it returned pending() without "
            "having taken a Later from its event\n"
            "answer 7: error 'handler failed'");
  EXPECT_EQ(plugin.returned(), STOA_OK);
}

TEST_F(Threads, PostedWorkRunsWhereTheHostDeliversIt) {
  plugin.message("post");
  for (int i = 0; i < 100; ++i) {
    const uint64_t cookie = plugin.host.take_posted();
    ASSERT_NE(cookie, 0u);
    plugin.deliver({.kind = STOA_EVENT_POSTED, .connection = 0, .reply = 0, .cookie = cookie});
  }
  EXPECT_TRUE(plugin.message("count").ends_with("answer 7: reply '101'"));
}

TEST_F(Threads, AnAnswerMayComeFromAThread) {
  const std::string meanwhile = plugin.message("answer from thread");
  EXPECT_EQ(plugin.returned(), STOA_PENDING);
  EXPECT_EQ(meanwhile + plugin.end(), "answer 7: reply 'from afar'");
}

TEST(Instances, OfOneLibraryShareNothing) {
  Session one(STOA_MISCHIEF);
  Session two(STOA_MISCHIEF);
  EXPECT_EQ(one.message("count"), "answer 7: reply '1'");
  EXPECT_EQ(one.message("count"), "answer 7: reply '2'");
  EXPECT_EQ(two.message("count"), "answer 7: reply '1'");
}

TEST_F(Throwing, ABodyOfTheWrongShapeReachesNoHandler) {
  EXPECT_EQ(plugin.message("parse", R"({"a": 1, "b": 2})"), "answer 7: reply '2'");
  EXPECT_EQ(plugin.message("parse", R"([1])"),
            "answer 7: error 'invalid payload: it must be a table, each value a whole number of "
            "-2147483648..2147483647, but is [1]'");
}

TEST_F(Throwing, CookiesAndIndexesThatNobodyKnowsDoNothing) {
  for (const uint32_t kind : {STOA_EVENT_ANSWER, STOA_EVENT_TIMER, STOA_EVENT_POSTED}) {
    EXPECT_EQ(plugin.deliver({.kind = kind, .cookie = 4711}), "");
  }
  EXPECT_EQ(plugin.deliver({.kind = 99}), "") << "an event of a newer host";
  EXPECT_EQ(plugin.message("unheard of"), "");
}

}  // namespace
}  // namespace stoa::testing
