// How `stoa ctl` ends when it does not get what it asked for.
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <future>

#include "ctl.h"
#include "kit/server.h"
#include "ops/refusal.h"

namespace stoa::ops {
namespace {

namespace fs = std::filesystem;

TEST_F(Ctl, ExitsWith1AndTheServersSentenceIfItRefuses) {
  serve([](const Json&, const Progress&) -> Json {
    throw Refusal("there is no version v9 in chat: see stoa ctl status");
  });
  EXPECT_EQ(run_ctl({"promote", "chat", "v9"}), 1);
  EXPECT_EQ(errors, "there is no version v9 in chat: see stoa ctl status\n");
  EXPECT_EQ(output, "");
  EXPECT_EQ(run_ctl({"promote", "chat", "v9", "--json"}), 1);
  EXPECT_EQ(output, "{\"error\":\"there is no version v9 in chat: see stoa ctl status\"}\n");
}

TEST_F(Ctl, ShowsEachProblemOfAManifestOnALineOfItsOwn) {
  serve([](const Json&, const Progress&) -> Json {
    throw Refusal("stoa.toml:1:1: first\nstoa.toml:2:1: \x1b[2Jsecond");
  });
  EXPECT_EQ(run_ctl({"reload"}), 1);
  EXPECT_EQ(errors, "stoa.toml:1:1: first\nstoa.toml:2:1: \\x1b[2Jsecond\n");
}

TEST_F(Ctl, ExitsWith2OnAWrongCommandLine) {
  serve(Json::object());
  const std::vector<Arguments> wrong = {
      {},
      {"stauts"},
      {"status", "chat"},
      {"weight", "chat"},
      {"weight", "chat", "v2"},
      {"weight", "chat", "v2="},
      {"weight", "chat", "=5"},
      {"weight", "chat", "v2=abc"},
      {"weight", "chat", "v2=101"},
      {"weight", "chat", "v2=-1"},
      {"weight", "chat", "v2=1.5"},
      {"weight", "chat", "v2=5%"},
      {"weight", "chat", "v2=5", "v2=6"},
      {"promote", "chat"},
      {"rollback", "chat", "--to", "0"},
      {"rollback", "chat", "--to", "first"},
      {"history", "--count", "-1"},
      {"retire", "chat"},
      {"pause"},
      {"status", "--timeout", "soon"},
      {"status", "--config", "stoa.toml"},  // beside --socket
  };
  for (const Arguments& arguments : wrong) {
    EXPECT_EQ(run_ctl(arguments), 2) << testing::PrintToString(arguments);
    EXPECT_NE(errors, "") << testing::PrintToString(arguments);
    EXPECT_TRUE(request().is_null()) << request();
  }
}

TEST_F(Ctl, SaysWhatIsWrongWithAWeight) {
  serve(Json::object());
  EXPECT_EQ(run_ctl({"weight", "chat", "v2=101", "--json"}), 2);
  EXPECT_EQ(errors, "A weight is VERSION=PERCENT with a whole number from 0 to 100, not v2=101\n");
  EXPECT_EQ(Json::parse(output)["error"],
            "A weight is VERSION=PERCENT with a whole number from 0 to 100, not v2=101");
}

TEST_F(Ctl, SaysThatNoServerIsThere) {
  const std::string sentence =
      "no server listens at " + path().string() + ": start one, or name another socket by --socket";
  EXPECT_EQ(run_ctl({"status"}), 1);
  EXPECT_EQ(errors, sentence + "\n");
  { const UnixListener crashed(path()); }
  EXPECT_EQ(run_ctl({"status", "--json"}), 1);
  EXPECT_EQ(Json::parse(output), Json({{"error", sentence}}));
}

TEST_F(Ctl, SaysThatItDoesNotKnowWhereToAsk) {
  const fs::path manifest = folder.write("stoa.toml", "");
  EXPECT_EQ(run({kit::stoa_binary().string(), "ctl", "--config", manifest.string(), "status"}), 1);
  EXPECT_EQ(errors, manifest.string() +
                        " names no control socket: name it by --socket PATH, or "
                        "in the variable STOA_CONTROL_SOCKET\n");
}

// Runs the tool as a user without a name.
class CtlOfAStranger : public Ctl {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can become somebody else";
    fs::permissions(folder.path(), fs::perms(0755));
    if (run(as_stranger({kit::stoa_binary().string(), "--version"})) != 0) {
      GTEST_SKIP() << "a stranger cannot run this build: " << errors;
    }
  }
  static Arguments as_stranger(Arguments command) {
    const Arguments setpriv = {"setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"};
    command.insert(command.begin(), setpriv.begin(), setpriv.end());
    return command;
  }
};

TEST_F(CtlOfAStranger, IsToldThatPermissionIsDenied) {
  serve(Json::object());
  EXPECT_EQ(run(as_stranger(ctl({"status"}))), 1);
  EXPECT_EQ(errors, "permission denied at " + path().string() +
                        ": ask as the user of the server, or as root\n");
}

TEST_F(CtlOfAStranger, IsKnownByItsNumber) {
  serve([](const Json& asked, const Progress&) { return Json({{"text", asked.at("by")}}); }, 0666);
  EXPECT_EQ(run(as_stranger(ctl({"pause", "chat", "--json"}))), 0) << errors;
  EXPECT_EQ(output, "{\"text\":\"uid 54321\"}\n");
}

TEST_F(Ctl, ExitsWith5IfThereIsNoAnswerInTime) {
  const UnixListener silent(path());
  EXPECT_EQ(run_ctl({"status", "--timeout", "1"}), 5);
  EXPECT_EQ(errors, "no answer within 1 s\n");
  EXPECT_EQ(run_ctl({"reload", "--timeout", "1"}), 5);
  EXPECT_EQ(errors, "no answer within 1 s: the step may be done yet; stoa ctl history tells\n");
}

TEST_F(Ctl, ExitsWith5IfItIsNotLetInInTime) {
  const UnixListener busy(path());
  std::vector<UnixClient> waiting;
  for (int i = 0; i < 2; ++i) waiting.emplace_back(path());  // its backlog is full
  EXPECT_EQ(run_ctl({"status", "--timeout", "1"}), 5);
  EXPECT_EQ(errors, "no answer within 1 s\n");
}

TEST_F(Ctl, ExitsWith6IfTheServerGoesInTheMiddle) {
  const UnixListener server(path());
  kit::Process step(ctl({"promote", "chat", "v2"}));
  UnixClient tool = server.accept();
  ASSERT_TRUE(tool.line());
  ASSERT_TRUE(tool.send("{\"progress\":\"half\"}\n{\"ok\":tr"));
  ASSERT_TRUE(step.wait_for_log("half\n"));
  tool.leave();
  EXPECT_EQ(step.wait_exit(), 6);
  EXPECT_EQ(step.log(),
            "half\nthe server went away before it answered: whether the step was done is not "
            "known; stoa ctl history tells\n");
  EXPECT_EQ(step.output(), "");
}

TEST_F(Ctl, ShowsTheAnswerOfAServerThatDoesNotListenToTheEnd) {
  serve(Json::object());
  Arguments endless = {"weight", "chat"};
  for (const char* version : {"a", "b", "c", "d", "e"}) {
    endless.push_back(version + std::string(100'000, 'x') + "=1");  // more than a socket holds
  }
  EXPECT_EQ(run_ctl(endless), 1);
  EXPECT_EQ(errors, "the request is longer than 65536 bytes: send one JSON object on one line\n");
}

TEST_F(Ctl, DoesNotTakeAnybodyForAServer) {
  for (const char* answer : {"HTTP/1.1 400 Bad Request\n", "[]\n", "{}\n", "{\"ok\":true}\n",
                             "{\"ok\":\"yes\",\"result\":{}}\n", "{\"ok\":true,\"result\":1}\n"}) {
    fs::remove(path());
    const UnixListener server(path());
    kit::Process asking(ctl({"status"}));
    UnixClient tool = server.accept();
    ASSERT_TRUE(tool.send(answer));
    EXPECT_EQ(asking.wait_exit(), 1) << answer;
    EXPECT_EQ(asking.log(), "who listens there does not answer as a server of stoa does\n");
  }
}

TEST_F(Ctl, ExitsWith7IfNobodyReadsTheResult) {
  serve(Json::parse(R"({"rollouts": []})"));
  const std::string shell = "\"$@\" >/dev/full";
  Arguments command = {"sh", "-c", shell, "sh"};
  const Arguments asked = ctl({"history"});
  command.insert(command.end(), asked.begin(), asked.end());
  EXPECT_EQ(run(command), 7);
  EXPECT_EQ(errors, "The result could not be written\n");
}

}  // namespace
}  // namespace stoa::ops
