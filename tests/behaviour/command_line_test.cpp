// `stoa call` and `stoa listen`, run as a shell runs them.
#include <csignal>

#include "session.h"

namespace stoa::behaviour {
namespace {

using kit::Process;
using Arguments = std::vector<std::string>;

class CommandLine : public Shipped {
 protected:
  static Arguments stoa(Arguments arguments) {
    arguments.insert(arguments.begin(), kit::stoa_binary().string());
    return arguments;
  }

  // Runs it to its end, and leaves its output in `output` and `errors`.
  int run(const Arguments& arguments, std::string_view input = {}) {
    Process process(stoa(arguments), {}, input);
    const int status = process.wait_exit().value_or(-1);
    output = process.output();
    errors = process.log();
    return status;
  }

  std::string output;
  std::string errors;
};
INSTANTIATE_TEST_SUITE_P(, CommandLine, testing::Values(1U), workers_name);

TEST_P(CommandLine, CallPrintsTheAnswer) {
  EXPECT_EQ(run({"call", url(), "default", "echo", "hello"}), 0);
  EXPECT_EQ(output, "hello\n");
  EXPECT_EQ(errors, "");
}

TEST_P(CommandLine, CallReadsItsBodyFromStandardInput) {
  EXPECT_EQ(run({"call", url(), "default", "echo", "-"}, "line 1\nline 2\n"), 0);
  EXPECT_EQ(output, "line 1\nline 2\n");
}

TEST_P(CommandLine, CallCarriesBytesAsTheyAre) {
  const std::string bytes("\xff\x00\n\x80", 4);
  EXPECT_EQ(run({"call", "--binary", url(), "default", "echo", "-"}, bytes), 0);
  EXPECT_EQ(output, bytes);
}

TEST_P(CommandLine, CallAsksInARoom) {
  EXPECT_EQ(run({"call", url(), "chat", "who", "--room", "lobby"}), 0);
  EXPECT_EQ(Json::parse(output).size(), 1U);
}

TEST_P(CommandLine, CallSendsHeaders) {
  EXPECT_EQ(run({"call", "--header", "X-Token=s3cret", url(), "admin", "whoami"}), 0);
  EXPECT_EQ(output, "ada\n");
}

TEST_P(CommandLine, CallTellsFailuresApartByItsExitCode) {
  EXPECT_EQ(run({"call", "ws://127.0.0.1:1", "default", "echo"}), 1);
  EXPECT_NE(errors.find("Could not connect to ws://127.0.0.1:1"), std::string::npos) << errors;
  EXPECT_EQ(run({"call", url()}), 2);
  EXPECT_EQ(run({"call", "http://127.0.0.1", "default", "echo"}), 2);
  EXPECT_EQ(run({"call", "--header", "no value", url(), "default", "echo"}), 2);
  EXPECT_EQ(run({"call", url(), "tally", "add", "two"}), 3);
  EXPECT_EQ(errors, "not a number\n");
  EXPECT_EQ(run({"call", url(), "admin", "whoami"}), 4);
  EXPECT_NE(errors.find("admins only"), std::string::npos) << errors;
  EXPECT_EQ(run({"call", url("?token=guess"), "default", "echo"}), 4);
  EXPECT_EQ(run({"call", url(), "nowhere", "echo"}), 4);
  EXPECT_EQ(output, "");
}

TEST_P(CommandLine, CallSaysWhatWasWrongWithItsBody) {
  EXPECT_EQ(run({"call", url(), "default", "echo", "-"}, "\xff"), 2);
  EXPECT_EQ(errors, "the text is not UTF-8: send it as binary\n");
  EXPECT_EQ(run({"call", url(), "default", "echo", "-"}, std::string(2'000'000, 'x')), 1);
  EXPECT_EQ(errors, "The server closed the connection with 1009: message too big\nwrite closed\n");
}

TEST_P(CommandLine, ListenWantsACountOfAtLeastOne) {
  for (const char* count : {"0", "-1", "many"}) {
    EXPECT_EQ(run({"listen", url(), "clock", "--count", count}), 2) << count;
    EXPECT_NE(errors.find("--count"), std::string::npos) << errors;
  }
}

TEST_P(CommandLine, ListenPrintsEventsUntilItHasEnough) {
  Process listener(stoa({"listen", url(), "chat", "--room", "lobby", "--count", "2"}));
  kit::Client alice(url());
  auto lobby = alice.connect("chat").join("lobby");
  // Once the listener is in the room, Alice is told.
  if (Json::parse(lobby.ask("who")).size() < 2) alice.wait_for("notice");
  lobby.emit("message", "one\ttwo\nthree");
  lobby.emit("message", "\xc3\xa9");
  EXPECT_EQ(listener.wait_exit(), 0);
  const std::string shown = listener.output();
  EXPECT_NE(shown.find("message\tlobby\tone\\ttwo\\nthree\n"), std::string::npos) << shown;
}

TEST_P(CommandLine, ListenPrintsJsonLines) {
  EXPECT_EQ(run({"listen", "--json", "--count", "2", url(), "clock"}), 0);
  const Json tick = Json::parse(output.substr(0, output.find('\n')));
  EXPECT_EQ(tick.at("event"), "tick");
  EXPECT_EQ(tick.at("room"), "");
  EXPECT_EQ(tick.at("body").get<std::string>().back(), 'Z');
}

TEST_P(CommandLine, ListenEndsPolitelyOnASignal) {
  for (const int signal : {SIGINT, SIGTERM}) {
    Process listener(stoa({"listen", url(), "clock"}));
    ASSERT_TRUE(listener.wait_for_line("tick"));
    listener.signal(signal);
    EXPECT_EQ(listener.wait_exit(), 0);
    EXPECT_EQ(listener.log(), "");
  }
}

TEST_P(CommandLine, ListenEndsWhenNobodyReads) {
  Process listener(stoa({"listen", url(), "clock"}));
  ASSERT_TRUE(listener.wait_for_line("tick"));
  listener.close_output();
  EXPECT_EQ(listener.wait_exit(), 7);
}

TEST_P(CommandLine, ListenTellsThatTheServerWent) {
  Process listener(stoa({"listen", url(), "clock"}));
  ASSERT_TRUE(listener.wait_for_line("tick"));
  server().signal(SIGTERM);
  EXPECT_EQ(listener.wait_exit(), 6);
  EXPECT_NE(listener.log().find("1001"), std::string::npos) << listener.log();
}

}  // namespace
}  // namespace stoa::behaviour
