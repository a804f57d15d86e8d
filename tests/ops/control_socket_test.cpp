// Requests and their answers, with clients that do what no well-behaved one does.
#include <pwd.h>
#include <unistd.h>

#include <future>

#include "control.h"

namespace stoa::ops {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

constexpr milliseconds kNever{1'000'000};
const std::string kWait = R"({"command":"wait"})";

std::string own_name() {
  const passwd* const entry = ::getpwuid(::geteuid());
  return entry != nullptr ? entry->pw_name : "uid " + std::to_string(::geteuid());
}

TEST_F(Control, AnswersWithTheResultAndEndsTheConnection) {
  start();
  UnixClient alice = asking(R"({"command":"echo","namespace":"chat","weights":{"v2":20}})");
  const auto lines = alice.rest();
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0]["ok"], true);
  EXPECT_EQ(lines[0]["result"]["namespace"], "chat");
  EXPECT_EQ(lines[0]["result"]["weights"]["v2"], 20);
}

TEST_F(Control, TakesARequestInPieces) {
  start();
  UnixClient alice = client();
  for (const char c : std::string(R"({"command":"echo"})")) ASSERT_TRUE(alice.send({&c, 1}));
  ASSERT_TRUE(alice.send("\n"));
  EXPECT_EQ(alice.answer()["result"]["command"], "echo");
}

TEST_F(Control, ToldWhoAsksByTheSystemAndNotByTheClient) {
  start();
  EXPECT_EQ(ask(R"({"command":"echo"})")["result"]["by"], own_name());
  EXPECT_EQ(ask(R"({"command":"echo","by":"mallory"})")["result"]["by"], own_name());
  EXPECT_EQ(ask(R"({"by":{"a":1},"command":"echo","by":"mallory"})")["result"]["by"], own_name());
}

TEST_F(Control, SaysWhyARequestIsRefused) {
  start();
  EXPECT_EQ(ask(R"({"command":"refuse"})"),
            Json({{"ok", false}, {"error", "there is no version v9: see stoa ctl status"}}));
  EXPECT_EQ(ask(R"({"command":"fail"})"), Json({{"ok", false}, {"error", "the disk is full"}}));
  EXPECT_EQ(ask(R"({"command":"echo"})")["ok"], true);
}

TEST_F(Control, SaysWhatIsWrongWithARequest) {
  start();
  const auto error = [&](const std::string& line) { return ask(line)["error"]; };
  EXPECT_EQ(error("status"),
            "the request is not JSON (at byte 1): send one JSON object on one line");
  EXPECT_EQ(error(""), "the request is not JSON (at byte 1): send one JSON object on one line");
  EXPECT_EQ(error(R"({"command":"echo"} {})"),
            "the request is not JSON (at byte 20): send one JSON object on one line");
  EXPECT_EQ(error("\"\xff\""),
            "the request is not JSON (at byte 2): send one JSON object on one line");
  EXPECT_EQ(error("[1]"), "the request is of type array: send one JSON object on one line");
  EXPECT_EQ(error(std::string(30'000, '[')), "the request is nested too deeply");
}

TEST_F(Control, TakesARequestOf64KiBAndNoLongerOne) {
  start();
  const std::string before = R"({"command":"echo","text":")";
  const std::string whole = before + std::string(64 * 1024 - before.size() - 2, 'x') + "\"}";
  ASSERT_EQ(whole.size(), 64U * 1024);
  EXPECT_EQ(ask(whole)["ok"], true);
  EXPECT_EQ(ask(whole + " ")["error"],
            "the request is longer than 65536 bytes: send one JSON object on one line");
  UnixClient endless = client();
  while (endless.send(std::string(64 * 1024, 'x'))) {
  }
  EXPECT_EQ(endless.line().value_or("").find(R"({"error":"the request is longer)"), 0U);
}

TEST_F(Control, TellsAClientThatStopsInTheMiddle) {
  start();
  UnixClient alice = client();
  ASSERT_TRUE(alice.send(R"({"command":"echo"})"));
  alice.shut_down_sending();
  EXPECT_EQ(alice.answer()["error"],
            "the request ended before its line did: send one JSON object on one line");
}

TEST_F(Control, EndsASilentClientAndOneThatDripsWhenTheirTimeIsOver) {
  start({.request_time = 300ms});
  UnixClient silent = client();
  UnixClient dripping = client();
  std::optional<std::string> answer;
  // A byte now and then, for ever.
  for (int bytes = 0; !answer && bytes < 2'000 && dripping.send(" "); ++bytes) {
    answer = dripping.line(10ms);
  }
  if (!answer) answer = dripping.line();
  const Json late = {
      {"ok", false},
      {"error", "the request did not come within 300 ms: send one JSON object on one line"}};
  EXPECT_EQ(Json::parse(answer.value_or("null")), late);
  EXPECT_EQ(silent.answer(), late);
}

TEST_F(Control, LetsAClientLeaveWithoutAWord) {
  testing::internal::CaptureStderr();
  start({.requests = 1});
  client().leave();
  UnixClient polite = client();
  polite.shut_down_sending();
  EXPECT_TRUE(polite.wait_end());
  control->stop();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(Control, SendsProgressAsItComesAndInItsOrder) {
  start();
  UnixClient alice = asking(R"({"command":"count","to":3})");
  for (const char* number : {"0", "1", "2", "3"}) {
    EXPECT_EQ(Json::parse(alice.line().value_or("null")), Json({{"progress", number}}));
  }
  ASSERT_TRUE(gate.wait_for(1));  // and the handler is not at its end yet
  gate.open();
  EXPECT_EQ(alice.answer()["ok"], true);
}

TEST_F(Control, GoesOnWhenTheClientIsGone) {
  start();
  UnixClient alice = asking(kWait);
  ASSERT_TRUE(gate.wait_for(1));
  alice.leave();
  gate.open();
  control->stop();
  EXPECT_EQ(gate.passed(), 1);
}

TEST_F(Control, DropsProgressThatASlowClientDoesNotReadButNotTheResult) {
  start({.answer_time = kNever});
  constexpr int kLines = 100'000;  // far more than the system and the server keep
  UnixClient slow = asking(R"({"command":"count","to":)" + std::to_string(kLines) + "}");
  ASSERT_TRUE(gate.wait_for(1)) << "progress waits for the client";
  gate.open();
  const auto lines = slow.rest();
  EXPECT_EQ(lines.back()["ok"], true);
  EXPECT_LT(lines.size(), kLines / 2U);
  int last = -1;
  for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
    const int number = std::stoi(lines[i].at("progress").get<std::string>());
    ASSERT_GT(number, last);
    last = number;
  }
}

TEST_F(Control, WaitsForASlowClientToReadALongAnswer) {
  start({.answer_time = kNever});
  UnixClient slow = asking(R"({"command":"big","bytes":3000000})");
  EXPECT_EQ(slow.answer()["result"]["text"].get<std::string>().size(), 3'000'000U);
}

TEST_F(Control, GivesUpAClientThatNeverReadsItsAnswer) {
  start({.requests = 1, .answer_time = 200ms});
  UnixClient deaf = asking(R"({"command":"big","bytes":3000000})");
  // Its place is free again once it was given up.
  Json answer;
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (answer["ok"] != true && std::chrono::steady_clock::now() < end) {
    UnixClient next = client();
    next.send("{\"command\":\"echo\"}\n");  // fails if it was refused already
    answer = next.answer();
  }
  EXPECT_EQ(answer["ok"], true);
  EXPECT_TRUE(deaf.wait_end());
}

TEST_F(Control, ServesEightAtATimeAndTellsTheNinthAtOnce) {
  start();
  std::vector<UnixClient> eight;
  for (int i = 0; i < 8; ++i) eight.push_back(asking(kWait));
  ASSERT_TRUE(gate.wait_for(8));
  UnixClient ninth = client();  // asks nothing yet
  EXPECT_EQ(ninth.answer()["error"],
            "too many control requests at a time: try again when one has ended");
  gate.open();
  for (UnixClient& each : eight) EXPECT_EQ(each.answer()["ok"], true);
  EXPECT_EQ(ask(R"({"command":"echo"})")["ok"], true);
}

TEST_F(Control, LooksOnWhileAStepRuns) {
  start();
  UnixClient step = asking(kWait);
  ASSERT_TRUE(gate.wait_for(1));
  EXPECT_EQ(ask(R"({"command":"echo"})")["ok"], true);
  gate.open();
  EXPECT_EQ(step.answer()["ok"], true);
}

TEST_F(Control, StopLetsTheRunningOneEndAndNobodyNewIn) {
  start({.request_time = kNever});
  UnixClient undecided = client();  // asks nothing, and is not waited for
  UnixClient step = asking(kWait);
  ASSERT_TRUE(gate.wait_for(1));
  auto stopped = std::async(std::launch::async, [this] { control->stop(); });
  EXPECT_EQ(undecided.answer()["error"], "the server is stopping: nothing was done");
  EXPECT_EQ(Json::parse(step.line().value_or("null")), Json({{"progress", "waiting"}}));
  const auto gone = [this] {
    try {
      client();
      return false;
    } catch (const std::system_error&) {
      return true;
    }
  };
  while (!gone()) std::this_thread::yield();  // CTest's limit ends it
  EXPECT_EQ(stopped.wait_for(0s), std::future_status::timeout);
  gate.open();
  EXPECT_EQ(step.answer()["ok"], true);
  EXPECT_EQ(stopped.wait_for(kPatience), std::future_status::ready);
}

TEST_F(Control, StopsOnceHoweverOftenItIsAsked) {
  start();
  control->stop();
  control->stop();
  EXPECT_THROW(client(), std::system_error);
}

}  // namespace
}  // namespace stoa::ops
